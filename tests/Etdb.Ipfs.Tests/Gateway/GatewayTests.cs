using System.Net;
using System.Net.Http.Headers;
using Etdb.Ipfs.Car;
using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Import;
using Etdb.Ipfs.Node;
using Etdb.Ipfs.Tests.Node;
using Etdb.Ipfs.UnixFs;

namespace Etdb.Ipfs.Tests.Gateway;

/// <summary>The gateway over real HTTP: blocks, CARs, files with ranges, pages.</summary>
public sealed class GatewayTests : IAsyncLifetime
{
    private readonly TestNodes _nodes = new();
    private EmbeddedNode _node = null!;
    private Cid _file;
    private Cid _folder;
    private byte[] _bytes = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _node = await _nodes.StartAsync();
        _bytes = TestNodes.Bytes(200_000, 9);
        _file = await TestNodes.AddAsync(_node, _bytes.Length, 9);
        var tree = _nodes.NewFolder("tree");
        Directory.CreateDirectory(Path.Combine(tree, "sub"));
        await File.WriteAllTextAsync(Path.Combine(tree, "a <b>&.txt"), "hello", Token);
        await File.WriteAllBytesAsync(Path.Combine(tree, "sub", "data.bin"), _bytes, Token);
        var profile = ImportProfile.V0Of2015 with { CidVersion = 1, RawLeaves = true, ChunkBytes = 16 << 10, FileLinks = 8 };
        _folder = (await _node.AddPathAsync(tree, new ImportOptions { Profile = profile }, pin: true, Token)).Cid;
    }

    public ValueTask DisposeAsync() => _nodes.DisposeAsync();

    [Fact]
    public async Task A_block_comes_raw_with_headers_that_let_it_be_kept_for_ever()
    {
        using var answer = await GetAsync($"/ipfs/{_file}?format=raw");
        Assert.Equal("application/vnd.ipld.raw", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal($"\"{_file}.raw\"", answer.Headers.ETag!.Tag);
        Assert.Contains("immutable", answer.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
        Assert.Equal(HashCheck.Match, _file.Check(await answer.Content.ReadAsByteArrayAsync(Token)));

        using var same = await GetAsync($"/ipfs/{_file}", r =>
        {
            r.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/vnd.ipld.raw"));
            r.Headers.IfNoneMatch.Add(answer.Headers.ETag);
        });
        Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
    }

    [Theory]
    [InlineData("", 0, 200_000, HttpStatusCode.OK)]
    [InlineData("bytes=0-0", 0, 1, HttpStatusCode.PartialContent)]
    [InlineData("bytes=16380-16390", 16380, 11, HttpStatusCode.PartialContent)]
    [InlineData("bytes=199990-", 199_990, 10, HttpStatusCode.PartialContent)]
    [InlineData("bytes=-7", 199_993, 7, HttpStatusCode.PartialContent)]
    [InlineData("bytes=100000-999999", 100_000, 100_000, HttpStatusCode.PartialContent)]
    [InlineData("bytes=200000-", 0, 0, HttpStatusCode.RequestedRangeNotSatisfiable)]
    [InlineData("bytes=0-1,5-6", 0, 200_000, HttpStatusCode.OK)]
    public async Task A_file_comes_whole_or_by_range(string range, int offset, int length, HttpStatusCode status)
    {
        using var answer = await GetAsync($"/ipfs/{_file}", r => r.Headers.TryAddWithoutValidation("Range", range.Length > 0 ? range : null));
        Assert.Equal(status, answer.StatusCode);
        Assert.Equal(_bytes.AsSpan(offset, length).ToArray(), await answer.Content.ReadAsByteArrayAsync(Token));
    }

    [Fact]
    public async Task A_folder_is_a_page_and_other_peoples_names_are_only_text_in_it()
    {
        using var redirect = await GetAsync($"/ipfs/{_folder}");
        Assert.Equal(HttpStatusCode.MovedPermanently, redirect.StatusCode);
        using var page = await GetAsync($"/ipfs/{_folder}/");
        var html = await page.Content.ReadAsStringAsync(Token);
        Assert.Equal("text/html", page.Content.Headers.ContentType!.MediaType);
        Assert.Contains("a &lt;b&gt;&amp;.txt", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", html, StringComparison.Ordinal);
        Assert.Contains("2 names", html, StringComparison.Ordinal);

        using var text = await GetAsync($"/ipfs/{_folder}/a%20%3Cb%3E%26.txt");
        Assert.Equal("hello", await text.Content.ReadAsStringAsync(Token));
        Assert.Equal("text/plain", text.Content.Headers.ContentType!.MediaType);
        using var missing = await GetAsync($"/ipfs/{_folder}/nothing");
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
    }

    [Theory]
    [InlineData("", 0, true)]
    [InlineData("&dag-scope=entity", 0, true)]
    [InlineData("&dag-scope=block", 1, false)]
    [InlineData("&entity-bytes=0:0", 3, false)]
    [InlineData("&entity-bytes=-10:*", 3, false)]
    public async Task A_car_holds_what_its_scope_asks_for(string query, int blocks, bool whole)
    {
        using var answer = await GetAsync($"/ipfs/{_file}?format=car{query}");
        Assert.Equal("application/vnd.ipld.car", answer.Content.Headers.ContentType!.MediaType);
        await using var body = await answer.Content.ReadAsStreamAsync(Token);
        var car = await CarReader.OpenAsync(body, verify: true, Token);
        Assert.Equal([_file], car.Header.Roots);
        var (count, bytes) = (0, 0L);
        while (await car.ReadAsync(Token) is { } section)
        {
            count++;
            bytes += section.Block.Cid.Codec == Multicodec.Raw ? section.Block.Data.Length : 0;
        }

        Assert.True(blocks == 0 || count == blocks, $"{count} blocks");
        Assert.Equal(whole, bytes == _bytes.Length);
    }

    [Fact]
    public async Task A_car_of_a_path_holds_the_blocks_on_the_way()
    {
        using var answer = await GetAsync($"/ipfs/{_folder}/sub/data.bin?format=car&dag-scope=block");
        await using var body = await answer.Content.ReadAsStreamAsync(Token);
        var car = await CarReader.OpenAsync(body, verify: true, Token);
        var cids = new List<Cid>();
        while (await car.ReadAsync(Token) is { } section)
        {
            cids.Add(section.Block.Cid);
        }

        Assert.Equal(3, cids.Count);
        Assert.Equal(_folder, cids[0]);
        Assert.Equal(_file, cids[^1]);
    }

    [Theory]
    [InlineData("/ipfs/nonsense", HttpStatusCode.BadRequest)]
    [InlineData("/ipfs/bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku", HttpStatusCode.NotFound)]
    [InlineData("/ipfs/bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku?format=raw", HttpStatusCode.NotFound)]
    [InlineData("/ipfs/bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku?format=tar", HttpStatusCode.NotAcceptable)]
    [InlineData("/", HttpStatusCode.NotFound)]
    [InlineData("/api/v0/id", HttpStatusCode.NotFound)]
    public async Task What_cannot_be_served_is_refused_with_a_reason(string path, HttpStatusCode status)
    {
        using var answer = await GetAsync(path);
        Assert.Equal(status, answer.StatusCode);
    }

    [Fact]
    public async Task Only_if_cached_tells_absence_by_412_and_writing_is_not_possible()
    {
        using var absent = await GetAsync("/ipfs/bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku?format=raw", static r => r.Headers.CacheControl = new CacheControlHeaderValue { OnlyIfCached = true });
        Assert.Equal(HttpStatusCode.PreconditionFailed, absent.StatusCode);
        using var post = await _nodes.Http.PostAsync(new Uri(_node.GatewayUri, $"/ipfs/{_file}"), null, Token);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, post.StatusCode);
    }

    [Fact]
    public async Task A_rotten_block_in_the_middle_breaks_the_answer_off_so_that_it_cannot_pass_for_whole()
    {
        foreach (var bad in await _node.Faults.CorruptBlocksAsync(1000, 1, _file, Token))
        {
            Assert.True(bad.IsDefined);
        }

        using var answer = await GetAsync($"/ipfs/{_file}?format=raw");
        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Equal("no-store", answer.Headers.CacheControl!.ToString());
    }

    private async Task<HttpResponseMessage> GetAsync(string path, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_node.GatewayUri, path));
        change?.Invoke(request);
        return await _nodes.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
    }
}
