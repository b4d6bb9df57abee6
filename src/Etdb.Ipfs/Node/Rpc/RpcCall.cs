using System.Globalization;
using System.Text.Json;
using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;
using Etdb.Ipfs.UnixFs;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Etdb.Ipfs.Node.Rpc;

/// <summary>One call: its arguments read from the query, its answer written as Kubo writes it.</summary>
internal sealed class RpcCall(HttpContext http, EmbeddedNode node, CancellationToken cancellationToken)
{
    /// <summary>Most arguments of one call.</summary>
    public const int MaxArguments = 1024;

    private static readonly byte[] NewLine = "\n"u8.ToArray();

    public HttpContext Http { get; } = http;

    public EmbeddedNode Node { get; } = node;

    /// <summary>Cancelled when the caller goes away, when the call's <c>timeout</c> is over, or when the node stops.</summary>
    public CancellationToken Token { get; } = cancellationToken;

    /// <summary>The arguments in their order.</summary>
    public IReadOnlyList<string> Arguments
    {
        get
        {
            var values = Http.Request.Query["arg"];
            return values.Count <= MaxArguments
                ? [.. values.Select(static value => value ?? string.Empty)]
                : throw RpcException.BadArgument($"{values.Count} arguments were given, at most {MaxArguments} are taken");
        }
    }

    public string Argument(int index) =>
        Arguments is var arguments && index < arguments.Count && arguments[index].Length > 0
            ? arguments[index]
            : throw RpcException.BadArgument("argument \"ipfs-path\" is required");

    public string? Text(string name) => Http.Request.Query.TryGetValue(name, out var values) ? values[^1] : null;

    public bool Flag(string name, bool otherwise) => Text(name) switch
    {
        null => otherwise,
        "true" or "1" or "" => true,
        "false" or "0" => false,
        var value => throw RpcException.BadArgument($"option {name} is '{value}', expected true or false"),
    };

    public long Number(string name, long otherwise) => Text(name) switch
    {
        null or "" => otherwise,
        var value when long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
        var value => throw RpcException.BadArgument($"option {name} is '{value}', expected a whole number"),
    };

    /// <summary>Origins of this call: gateways to ask before the node's peers.</summary>
    public IReadOnlyList<Uri> Origins => [.. Http.Request.Query["origin"].Select(static text => PeerAddress.Parse(text ?? string.Empty))];

    /// <summary>A CID, given bare or as <c>/ipfs/CID</c>.</summary>
    public static Cid ParseCid(string text)
    {
        var bare = text.StartsWith("/ipfs/", StringComparison.Ordinal) ? text["/ipfs/".Length..].TrimEnd('/') : text;
        return Cid.TryParse(bare, out var cid, out var problem) ? cid : throw RpcException.BadArgument($"invalid path \"{text}\": {problem}");
    }

    /// <summary>Follows a CID with or without a path below it.</summary>
    public async Task<Cid> ResolveAsync(string text, IBlockReader blocks)
    {
        var bare = text.StartsWith("/ipfs/", StringComparison.Ordinal) ? text["/ipfs/".Length..] : text;
        var slash = bare.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || bare[slash..].Trim('/').Length == 0)
        {
            return ParseCid(bare.TrimEnd('/'));
        }

        var resolved = await UnixFsReader.ResolveAsync(blocks, ParseCid(bare[..slash]), bare[(slash + 1)..], Token).ConfigureAwait(false);
        return resolved.Node.Cid;
    }

    /// <summary>The node's blocks; with <c>offline=true</c> only those on its disk.</summary>
    public IBlockReader Blocks() => Flag("offline", false) ? Node.Local : Node.Online(Origins);

    /// <summary>One JSON document.</summary>
    public async Task WriteAsync<T>(T value)
    {
        Http.Response.ContentType = "application/json";
        await JsonSerializer.SerializeAsync(Http.Response.Body, value, cancellationToken: Token).ConfigureAwait(false);
        await Http.Response.Body.WriteAsync(NewLine, Token).ConfigureAwait(false);
    }

    /// <summary>One line of several; the first begins the answer, after which an error is a line of its own.</summary>
    public async Task WriteLineAsync<T>(T value)
    {
        BeginStream("application/json");
        await JsonSerializer.SerializeAsync(Http.Response.Body, value, cancellationToken: Token).ConfigureAwait(false);
        await Http.Response.Body.WriteAsync(NewLine, Token).ConfigureAwait(false);
    }

    /// <summary>Announces a body of unknown length that may end in an error.</summary>
    public void BeginStream(string contentType)
    {
        if (Http.Response.HasStarted || Http.Response.ContentType is not null)
        {
            return;
        }

        Http.Response.ContentType = contentType;
        Http.Response.Headers["X-Chunked-Output"] = "1";
    }

    /// <summary>Announces a body of bytes; said for the first of several parts, and of no effect for the others.</summary>
    public void BeginBytes(string contentType)
    {
        if (!Http.Response.HasStarted)
        {
            BeginStream(contentType);
            Http.Response.Headers["X-Stream-Output"] = "1";
        }
    }

    /// <summary>The files of a multipart body, in turn. Each must be read before the next is asked for.</summary>
    public async IAsyncEnumerable<MultipartSection> FilesAsync()
    {
        const int partLimit = 1 << 20; // files in one call
        var contentType = Http.Request.ContentType ?? string.Empty;
        if (!Microsoft.Net.Http.Headers.MediaTypeHeaderValue.TryParse(contentType, out var media) || !media.MediaType.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase)
            || Microsoft.Net.Http.Headers.HeaderUtilities.RemoveQuotes(media.Boundary).Value is not { Length: > 0 and <= 200 } boundary)
        {
            throw RpcException.BadArgument("file argument 'path' is required: send a multipart body");
        }

        var reader = new MultipartReader(boundary, Http.Request.Body, 64 << 10) { HeadersCountLimit = 32, HeadersLengthLimit = 16 << 10, BodyLengthLimit = null };
        for (var part = 0; await reader.ReadNextSectionAsync(Token).ConfigureAwait(false) is { } section; part++)
        {
            if (part >= partLimit)
            {
                throw RpcException.BadArgument($"more than {partLimit} files in one call");
            }

            yield return section;
        }
    }
}
