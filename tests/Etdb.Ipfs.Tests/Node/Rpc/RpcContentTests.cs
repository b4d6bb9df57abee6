using System.Formats.Tar;
using System.Text;
using System.Text.Json;
using Etdb.Ipfs.Car;
using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;
using Etdb.Ipfs.Node;

namespace Etdb.Ipfs.Tests.Node.Rpc;

/// <summary>The calls of the RPC that give content, on a small folder that was uploaded by <c>add</c> itself.</summary>
public sealed class RpcContentTests : IAsyncLifetime
{
    private static readonly byte[] Large = TestNodes.Bytes(600_000, 5);

    private readonly TestNodes _nodes = new();
    private EmbeddedNode _node = null!;
    private string _root = string.Empty;
    private JsonElement[] _added = [];

    public async ValueTask InitializeAsync()
    {
        _node = await _nodes.StartAsync();
        _added = await UploadAsync("add?cid-version=1&raw-leaves=true");
        _root = Named("top");
    }

    public ValueTask DisposeAsync() => _nodes.DisposeAsync();

    [Fact]
    public async Task Several_files_and_folders_are_added_in_one_call_and_the_top_is_pinned()
    {
        Assert.Equal(["top", "top/a.txt", "top/empty", "top/sub", "top/sub/large.bin"], _added.Select(static line => line.GetProperty("Name").GetString()!).Order(StringComparer.Ordinal));
        Assert.Equal("top", _added[^1].GetProperty("Name").GetString()); // the root comes last
        Assert.Equal([_root], _node.Repository.Pins.Snapshot(null).Select(static pin => pin.Cid.ToString()));
        var (_, text) = await CallAsync($"pin/ls?type=recursive&arg={_root}");
        Assert.Contains("recursive", text, StringComparison.Ordinal);
        (_, text) = await CallAsync($"pin/ls?type=all&arg={Named("top/a.txt")}");
        Assert.Contains($"indirect through {_root}", text, StringComparison.Ordinal);

        var hashOnly = await UploadAsync("add?cid-version=1&raw-leaves=true&only-hash=true&pin=true&chunker=size-1000");
        Assert.NotEqual(_root, hashOnly[^1].GetProperty("Hash").GetString());
        Assert.Equal(1, _node.Repository.Pins.Count);
    }

    [Fact]
    public async Task Wrapped_and_unpinned_uploads_are_what_was_asked()
    {
        var lines = await UploadAsync("add?cid-version=1&wrap-with-directory=true&pin=false");
        var outer = lines[^1].GetProperty("Hash").GetString()!;
        Assert.Equal(outer, lines[^1].GetProperty("Name").GetString());
        Assert.Equal(1, _node.Repository.Pins.Count);
        var (_, text) = await CallAsync($"resolve?arg=/ipfs/{outer}/top");
        Assert.Contains(_root, text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", 0, 600_000)]
    [InlineData("&offset=10", 10, 599_990)]
    [InlineData("&offset=262140&length=10", 262_140, 10)]
    [InlineData("&length=0", 0, 0)]
    [InlineData("&offset=700000", 0, 0)]
    public async Task Cat_gives_the_bytes_asked_for(string query, int offset, int length)
    {
        var (status, body) = await RpcText.BytesAsync(_nodes.Http, _node, $"cat?arg=/ipfs/{_root}/sub/large.bin{query}", null);
        Assert.Equal(200, status);
        Assert.Equal(Large[offset..(offset + length)], body);
    }

    [Fact]
    public async Task Cat_joins_several_and_refuses_folders()
    {
        var (_, body) = await RpcText.BytesAsync(_nodes.Http, _node, $"cat?arg={Named("top/a.txt")}&arg={Named("top/a.txt")}&offset=3&length=8", null);
        Assert.Equal("hellohello"[3..], Encoding.UTF8.GetString(body));
        Assert.Equal(500, (await CallAsync($"cat?arg={_root}")).Status);
    }

    [Fact]
    public async Task Get_is_a_tar_of_the_tree()
    {
        var (status, body) = await RpcText.BytesAsync(_nodes.Http, _node, $"get?arg={_root}", null);
        Assert.Equal(200, status);
        var found = new Dictionary<string, byte[]?>(StringComparer.Ordinal);
        await using var reader = new TarReader(new MemoryStream(body));
        while (await reader.GetNextEntryAsync(copyData: true, TestNodes.Token) is { } entry)
        {
            using var data = new MemoryStream();
            if (entry.DataStream is not null)
            {
                await entry.DataStream.CopyToAsync(data, TestNodes.Token);
            }

            found[entry.Name.TrimEnd('/')] = entry.EntryType == TarEntryType.Directory ? null : data.ToArray();
        }

        Assert.Equal([_root, $"{_root}/a.txt", $"{_root}/empty", $"{_root}/sub", $"{_root}/sub/large.bin"], found.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(Large, found[$"{_root}/sub/large.bin"]);
        Assert.Null(found[$"{_root}/empty"]);
        Assert.Equal(400, (await CallAsync($"get?arg={_root}&compress=true")).Status);
    }

    [Fact]
    public async Task Ls_names_types_and_sizes()
    {
        foreach (var query in new[] { string.Empty, "&stream=true" })
        {
            var (_, text) = await CallAsync($"ls?arg={_root}{query}");
            var links = text.Trim().Split('\n').SelectMany(static line => JsonDocument.Parse(line).RootElement.GetProperty("Objects")[0].GetProperty("Links").EnumerateArray().ToArray())
                .ToDictionary(static link => link.GetProperty("Name").GetString()!, StringComparer.Ordinal);
            Assert.Equal(["a.txt", "empty", "sub"], links.Keys.Order(StringComparer.Ordinal));
            Assert.Equal((2, 5), (links["a.txt"].GetProperty("Type").GetInt32(), links["a.txt"].GetProperty("Size").GetInt32()));
            Assert.Equal((1, 0), (links["sub"].GetProperty("Type").GetInt32(), links["sub"].GetProperty("Size").GetInt32()));
        }
    }

    [Fact]
    public async Task Refs_name_links_and_with_recursion_everything_below_and_what_is_absent()
    {
        Assert.Equal(3, Refs((await CallAsync($"refs?arg={_root}")).Body).Count);
        var all = Refs((await CallAsync($"refs?arg={_root}&recursive=true&unique=true&offline=true")).Body);
        Assert.Equal(7, all.Count); // a.txt, empty, sub, large.bin and its three leaves
        var leaf = Cid.Of(Large.AsSpan(0, 262_144), Multicodec.Raw, 1);
        Assert.Contains(leaf.ToString(), all);

        Assert.True(_node.Faults.LoseBlock(leaf));
        var (status, body) = await CallAsync($"refs?arg={_root}&recursive=true&offline=true");
        Assert.True(status == 500 || body.Contains(leaf.ToString(), StringComparison.Ordinal) && body.Contains("missing", StringComparison.OrdinalIgnoreCase), body);
        Assert.Equal(400, (await CallAsync($"refs?arg={_root}&edges=true")).Status);
    }

    [Fact]
    public async Task Files_stat_tells_sizes_and_how_much_is_here()
    {
        var leaf = Cid.Of(Large.AsSpan(0, 262_144), Multicodec.Raw, 1);
        var (_, text) = await CallAsync($"files/stat?arg=/ipfs/{_root}/sub/large.bin&with-local=true");
        using (var json = JsonDocument.Parse(text))
        {
            Assert.Equal(600_000, json.RootElement.GetProperty("Size").GetInt64());
            Assert.Equal(3, json.RootElement.GetProperty("Blocks").GetInt32());
            Assert.True(json.RootElement.GetProperty("Local").GetBoolean());
        }

        Assert.True(_node.Faults.LoseBlock(leaf));
        (_, text) = await CallAsync($"files/stat?arg=/ipfs/{_root}/sub/large.bin&with-local=true");
        using (var json = JsonDocument.Parse(text))
        {
            Assert.False(json.RootElement.GetProperty("Local").GetBoolean());
            Assert.InRange(json.RootElement.GetProperty("SizeLocal").GetInt64(), 600_000 - 262_144, 600_000 - 262_144 + 1000);
        }

        Assert.Equal(500, (await CallAsync("files/stat?arg=/mutable")).Status);
    }

    [Fact]
    public async Task Dag_get_put_and_stat_agree()
    {
        var (_, text) = await CallAsync($"dag/get?arg={_root}");
        using (var json = JsonDocument.Parse(text))
        {
            Assert.Equal(["a.txt", "empty", "sub"], json.RootElement.GetProperty("Links").EnumerateArray().Select(static link => link.GetProperty("Name").GetString()!));
        }

        var (_, raw) = await RpcText.BytesAsync(_nodes.Http, _node, $"dag/get?arg={_root}&output-codec=dag-pb", null);
        Assert.Equal(Cid.Parse(_root), Cid.Of(raw, Multicodec.DagPb, 1));
        using var form = new MultipartFormDataContent { { RpcText.Part(raw), "file", "x" } };
        var (_, put) = await RpcText.BytesAsync(_nodes.Http, _node, "dag/put?input-codec=dag-pb&store-codec=dag-pb", form);
        Assert.Contains(_root, Encoding.UTF8.GetString(put), StringComparison.Ordinal);
        using var wrong = new MultipartFormDataContent { { RpcText.Part([0xff, 0xff]), "file", "x" } };
        Assert.Equal(400, (await RpcText.BytesAsync(_nodes.Http, _node, "dag/put?input-codec=dag-pb&store-codec=dag-pb", wrong)).Status);

        (_, text) = await CallAsync($"dag/stat?arg={_root}&offline=true&progress=false");
        using (var json = JsonDocument.Parse(text))
        {
            Assert.Equal(8, json.RootElement.GetProperty("UniqueBlocks").GetInt64());
        }

        Assert.True(_node.Faults.LoseBlock(Cid.Parse(Named("top/a.txt"))));
        (var status, text) = await CallAsync($"dag/stat?arg={_root}&offline=true");
        Assert.Equal(500, status);
        Assert.Contains("could not find", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_car_goes_out_and_in_again_and_a_broken_one_pins_nothing()
    {
        var (_, car) = await RpcText.BytesAsync(_nodes.Http, _node, $"dag/export?arg={_root}", null);
        var report = await CarVerifier.VerifyAsync(new MemoryStream(car), TestNodes.Token);
        Assert.True(report.IsComplete, report.ToString());
        var other = await _nodes.StartAsync();
        using var form = new MultipartFormDataContent { { RpcText.Part(car), "file", "x.car" } };
        var (status, body) = await RpcText.BytesAsync(_nodes.Http, other, "dag/import?pin-roots=true&stats=true", form);
        Assert.Equal(200, status);
        Assert.Contains("\"BlockCount\":8", Encoding.UTF8.GetString(body), StringComparison.Ordinal);
        Assert.NotNull(other.Repository.Pins.Find(Cid.Parse(_root)));

        var third = await _nodes.StartAsync();
        foreach (var broken in new[] { car[..^1000], [.. car[..^1000], .. new byte[1000]], [1, 2, 3] })
        {
            using var again = new MultipartFormDataContent { { RpcText.Part(broken), "file", "x.car" } };
            Assert.NotEqual(200, (await RpcText.BytesAsync(_nodes.Http, third, "dag/import?pin-roots=true", again)).Status);
            Assert.Equal(0, third.Repository.Pins.Count);
        }
    }

    [Fact]
    public async Task A_car_of_a_part_is_stored_and_its_root_not_pinned()
    {
        var (_, car) = await RpcText.BytesAsync(_nodes.Http, _node, $"dag/export?arg={Named("top/sub")}", null);
        var header = CarHeader.EncodeV1([Cid.Parse(_root)]);
        var own = CarHeader.EncodeV1([Cid.Parse(Named("top/sub"))]);
        using var form = new MultipartFormDataContent { { RpcText.Part([.. header, .. car[own.Length..]]), "file", "x.car" } };
        var other = await _nodes.StartAsync();
        var (_, body) = await RpcText.BytesAsync(_nodes.Http, other, "dag/import?pin-roots=true", form);
        Assert.Contains("PinErrorMsg", Encoding.UTF8.GetString(body), StringComparison.Ordinal);
        Assert.DoesNotContain("\"PinErrorMsg\":\"\"", Encoding.UTF8.GetString(body), StringComparison.Ordinal);
        Assert.Equal(0, other.Repository.Pins.Count);
        Assert.True(other.Repository.Blocks.Stat().Blocks >= 4);
    }

    private static List<string> Refs(string lines) => [.. lines.Trim().Split('\n').Select(static line => JsonDocument.Parse(line).RootElement.GetProperty("Ref").GetString()!)];

    private string Named(string name) => _added.Single(line => line.GetProperty("Name").GetString() == name).GetProperty("Hash").GetString()!;

    private Task<(int Status, string Body)> CallAsync(string call) => RpcText.CallAsync(_nodes.Http, _node, call);

    private async Task<JsonElement[]> UploadAsync(string call)
    {
        using var form = new MultipartFormDataContent
        {
            { RpcText.Part([], "application/x-directory"), "file", "top" },
            { RpcText.Part("hello"u8.ToArray()), "file", "top%2Fa.txt" },
            { RpcText.Part([], "application/x-directory"), "file", "top%2Fempty" },
            { RpcText.Part(Large), "file", "top%2Fsub%2Flarge.bin" },
        };
        var (status, body) = await RpcText.BytesAsync(_nodes.Http, _node, call, form);
        var text = Encoding.UTF8.GetString(body);
        Assert.True(status == 200, text);
        return [.. text.Trim().Split('\n').Select(static line => JsonDocument.Parse(line).RootElement.Clone())];
    }
}
