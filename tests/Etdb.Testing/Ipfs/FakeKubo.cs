using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Etdb.Testing.Ipfs;

/// <summary>How a fake node computes names; given by the test, so that this project needs no IPFS code.</summary>
/// <param name="HashOf">The part of a CID's text that names the bytes (v0 and v1 of a block alike).</param>
/// <param name="CidOf">CID of bytes under a codec (<c>raw</c>, <c>dag-pb</c>).</param>
/// <param name="LinksOf">CIDs that a block links to.</param>
public sealed record FakeKuboNames(Func<string, string> HashOf, Func<byte[], string, string> CidOf, Func<string, byte[], IReadOnlyList<string>> LinksOf);

/// <summary>
/// A node in memory that answers Kubo's RPC over real HTTP and plays its traps: pins that are rows and no evidence, a pin that is removed before it is
/// fetched anew, errors in trailers after 200, stalls, a garbage collection that holds up pins, a full disk, a repository that was replaced.
/// </summary>
public sealed partial class FakeKubo : IAsyncDisposable
{
    private readonly FakeKuboNames _names;
    private readonly WebApplication _web;
    private readonly ConcurrentDictionary<string, byte[]> _blocks = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _pins = new(StringComparer.Ordinal); // hash -> CID text
    private readonly ConcurrentDictionary<string, bool> _stalled = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _lateErrors = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _calls = new();

    private FakeKubo(FakeKuboNames names, WebApplication web)
    {
        _names = names;
        _web = web;
    }

    /// <summary>Base of its RPC.</summary>
    public Uri Api { get; private set; } = new("http://127.0.0.1:0");

    /// <summary>Every call as path and query, in order.</summary>
    public IReadOnlyList<string> Calls => [.. _calls];

    /// <summary>What it calls itself.</summary>
    public string Agent { get; set; } = "kubo/0.42.0/fake";

    /// <summary>Its peer id; set another to play a replaced repository.</summary>
    public string PeerId { get; set; } = "12D3KooWFakeFakeFakeFakeFakeFakeFakeFakeFakeFakeFake1";

    /// <summary>The words its daemon was started with, as <c>GET /debug/vars</c> tells them; null tells nothing.</summary>
    public IReadOnlyList<string>? CommandLine { get; set; }

    /// <summary>What its clock is ahead of ours.</summary>
    public TimeSpan ClockAhead { get; set; }

    /// <summary>Most bytes its store may hold.</summary>
    public long StorageMax { get; set; } = 10_000_000_000;

    /// <summary>True: nothing can be written any more.</summary>
    public bool DiskFull { get; set; }

    /// <summary>Where its pins fetch missing blocks; null for an absent block.</summary>
    public Func<string, byte[]?> Network { get; set; } = static _ => null;

    /// <summary>Secret and path prefixes it opens; null opens everything.</summary>
    public (string Header, string[] Prefixes)? Authorization { get; set; }

    /// <summary>Lines of a pin listing after which it stops without an end; null plays no such trick.</summary>
    public int? ListingStopsAfter { get; set; }

    /// <summary>Starts to answer on a free port of 127.0.0.1.</summary>
    public static async Task<FakeKubo> StartAsync(FakeKuboNames names, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(System.Net.IPAddress.Loopback, 0);
        });
        var web = builder.Build();
        var fake = new FakeKubo(names, web);
        web.Run(fake.HandleAsync);
        await web.StartAsync(cancellationToken);
        fake.Api = new Uri(web.Urls.Single());
        return fake;
    }

    /// <summary>Puts a block on its disk.</summary>
    public void Put(string cid, byte[] data) => _blocks[_names.HashOf(cid)] = data;

    /// <summary>Takes a block off its disk; the pins stay as they are.</summary>
    public bool Lose(string cid) => _blocks.TryRemove(_names.HashOf(cid), out _);

    /// <summary>Changes a byte of a block on its disk.</summary>
    public void Rot(string cid)
    {
        var bytes = (byte[])_blocks[_names.HashOf(cid)].Clone();
        bytes[^1] ^= 1;
        _blocks[_names.HashOf(cid)] = bytes;
    }

    /// <summary>Writes a pin row, with or without blocks below it.</summary>
    public void PinRow(string cid) => _pins[_names.HashOf(cid)] = cid;

    /// <summary>True when there is a pin row.</summary>
    public bool IsPinned(string cid) => _pins.ContainsKey(_names.HashOf(cid));

    /// <summary>True when the block is on its disk.</summary>
    public bool Has(string cid) => _blocks.ContainsKey(_names.HashOf(cid));

    /// <summary>Lets a call (its path below <c>/api/v0/</c>) go unanswered, or answers it again.</summary>
    public void Stall(string path, bool stalled = true) => _stalled[path] = stalled;

    /// <summary>Lets a call end in an error after it has answered 200.</summary>
    public void FailLate(string path, string message) => _lateErrors[path] = message;

    public async ValueTask DisposeAsync() => await _web.DisposeAsync();

    private async Task HandleAsync(HttpContext context)
    {
        const string prefix = "/api/v0/";
        var path = (context.Request.Path.Value ?? string.Empty)[Math.Min(prefix.Length, context.Request.Path.Value!.Length)..];
        _calls.Enqueue(path + context.Request.QueryString);
        context.Response.Headers.Date = (TimeProvider.System.GetUtcNow() + ClockAhead).ToString("R", System.Globalization.CultureInfo.InvariantCulture);
        if (CommandLine is { } words && context.Request.Path == "/debug/vars" && Authorization?.Header is var needed && (needed is null || needed == context.Request.Headers.Authorization))
        {
            await JsonAsync(context, new { cmdline = words });
            return;
        }

        if (!HttpMethods.IsPost(context.Request.Method))
        {
            context.Response.StatusCode = 405;
            return;
        }

        if (Authorization is { } guard && path != "version"
            && (context.Request.Headers.Authorization != guard.Header || !guard.Prefixes.Any(p => (prefix + path).StartsWith(p, StringComparison.Ordinal))))
        {
            context.Response.StatusCode = 403;
            await context.Response.WriteAsync("403 - Access denied\n");
            return;
        }

        if (_stalled.GetValueOrDefault(path))
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(static _ => { }, TaskScheduler.Default);
            return;
        }

        // Kestrel sends no trailers over HTTP/1.1, so the fake frames these answers itself.
        var wire = context.Response.Body;
        var framed = path == "pin/add" || _lateErrors.ContainsKey(path);
        if (framed)
        {
            context.Response.Headers.TransferEncoding = "chunked";
            context.Response.Headers.Trailer = "X-Stream-Error";
            context.Response.Body = new ChunkedBody(wire);
        }

        var error = await AnswerAsync(context, path);
        if (framed)
        {
            await context.Response.BodyWriter.FlushAsync();
            var late = _lateErrors.GetValueOrDefault(path) ?? error;
            await wire.WriteAsync(Encoding.UTF8.GetBytes(late is null ? "0\r\n\r\n" : $"0\r\nX-Stream-Error: {late}\r\n\r\n"));
        }
        else if (error is not null)
        {
            context.Response.StatusCode = 500;
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(JsonSerializer.Serialize(new { Message = error, Code = 0, Type = "error" }));
        }
    }

    private Task<string?> AnswerAsync(HttpContext context, string path) => path switch
    {
        "id" => JsonAsync(context, new { ID = PeerId, AgentVersion = Agent, Addresses = new[] { $"/ip4/127.0.0.1/tcp/4001/p2p/{PeerId}" } }),
        "version" => JsonAsync(context, new { Version = "0.42.0" }),
        "repo/stat" => JsonAsync(context, new { RepoSize = _blocks.Values.Sum(static b => (long)b.Length), StorageMax, NumObjects = _blocks.Count }),
        "swarm/connect" => JsonAsync(context, new { Strings = new[] { "connect success" } }),
        "block/get" => BlockGetAsync(context),
        "block/stat" => BlockStatAsync(context),
        "block/put" => BlockPutAsync(context),
        "block/rm" => BlockRemoveAsync(context),
        "pin/ls" => PinListAsync(context),
        "pin/add" => PinAddAsync(context),
        "pin/rm" => PinRemoveAsync(context),
        "pin/verify" => PinVerifyAsync(context),
        "repo/gc" => CollectAsync(context),
        "refs/local" => RefsLocalAsync(context),
        _ => NotFoundAsync(context),
    };

    private static async Task<string?> NotFoundAsync(HttpContext context)
    {
        context.Response.StatusCode = 404;
        await context.Response.WriteAsync("404 page not found\n");
        return null;
    }

    private static async Task<string?> JsonAsync<T>(HttpContext context, T value)
    {
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(JsonSerializer.Serialize(value) + "\n", context.RequestAborted);
        return null;
    }

    private static string Argument(HttpContext context) => context.Request.Query["arg"].ToString();

    private static bool Flag(HttpContext context, string name) => context.Request.Query[name] == "true";

    private static async Task<byte[]> FileAsync(HttpContext context)
    {
        var boundary = HeaderUtilities.RemoveQuotes(MediaTypeHeaderValue.Parse(context.Request.ContentType).Boundary).Value!;
        var section = await new MultipartReader(boundary, context.Request.Body).ReadNextSectionAsync() ?? throw new InvalidDataException("no file was sent");
        using var bytes = new MemoryStream();
        await section.Body.CopyToAsync(bytes);
        return bytes.ToArray();
    }

    private static Task WriteLineAsync(HttpContext context, object value) =>
        context.Response.WriteAsync(JsonSerializer.Serialize(value) + "\n", Encoding.UTF8, context.RequestAborted);

    /// <summary>Frames what is written as chunks (RFC 9112 7.1).</summary>
    private sealed class ChunkedBody(Stream wire) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (buffer.Length == 0)
            {
                return;
            }

            await wire.WriteAsync(Encoding.ASCII.GetBytes($"{buffer.Length:x}\r\n"), cancellationToken);
            await wire.WriteAsync(buffer, cancellationToken);
            await wire.WriteAsync("\r\n"u8.ToArray(), cancellationToken);
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override Task FlushAsync(CancellationToken cancellationToken) => wire.FlushAsync(cancellationToken);

        public override void Flush() => wire.Flush();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
