using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Etdb.Ledger.Flo.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Etdb.Benchmarks.Oip;

/// <summary>A local JSON-RPC node that answers from memory: getblockcount, getblockhash, getblock in hex and in JSON (transactions decoded, as <c>getblock HASH 2</c>).</summary>
internal sealed class BlockServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly List<byte[]> _hashes;
    private readonly Dictionary<string, int> _heights = [];
    private readonly List<byte[]> _hex;
    private readonly List<byte[]> _json;

    private BlockServer(GeneratedHistory history)
    {
        _hashes = [.. history.Blocks.Select(b => JsonSerializer.SerializeToUtf8Bytes(b.Hash.ToString()))];
        _hex = [.. history.Blocks.Select(b => JsonSerializer.SerializeToUtf8Bytes(b.ToHex()))];
        _json = [.. history.Blocks.Select(Describe)];
        for (var i = 0; i < history.Blocks.Count; i++)
        {
            _heights[history.Blocks[i].Hash.ToString()] = i;
        }

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.MapPost("/", AnswerAsync);
    }

    /// <summary>Where it listens.</summary>
    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    public static async Task<BlockServer> StartAsync(GeneratedHistory history, CancellationToken cancellationToken)
    {
        var server = new BlockServer(history);
        await server._app.StartAsync(cancellationToken);
        return server;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        using var request = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
        context.Response.ContentType = "application/json";
        var output = new MemoryStream();
        if (request.RootElement.ValueKind == JsonValueKind.Array)
        {
            output.WriteByte((byte)'[');
            var first = true;
            foreach (var call in request.RootElement.EnumerateArray())
            {
                if (!first)
                {
                    output.WriteByte((byte)',');
                }

                first = false;
                Answer(call, output);
            }

            output.WriteByte((byte)']');
        }
        else
        {
            Answer(request.RootElement, output);
        }

        await context.Response.Body.WriteAsync(output.GetBuffer().AsMemory(0, (int)output.Length), context.RequestAborted);
    }

    private void Answer(JsonElement call, MemoryStream output)
    {
        var arguments = call.TryGetProperty("params", out var given) ? given : default;
        var result = call.GetProperty("method").GetString() switch
        {
            "getblockcount" => Encoding.ASCII.GetBytes((_hashes.Count - 1).ToString(CultureInfo.InvariantCulture)),
            "getblockhash" => _hashes[arguments[0].GetInt32()],
            _ => (arguments[1].ValueKind == JsonValueKind.Number ? _json : _hex)[_heights[arguments[0].GetString()!]],
        };
        output.Write("{\"result\":"u8);
        output.Write(result);
        output.Write(",\"error\":null,\"id\":"u8);
        output.Write(Encoding.UTF8.GetBytes(call.GetProperty("id").GetRawText()));
        output.WriteByte((byte)'}');
    }

    // The members flod writes for getblock HASH 2.
    private static byte[] Describe(FloBlock block, int height) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        hash = block.Hash.ToString(), confirmations = 1, size = block.Raw.Length, weight = block.Weight, height, version = block.Header.Version,
        merkleroot = block.Header.MerkleRoot.ToString(), time = block.Header.Time, nonce = block.Header.Nonce, bits = block.Header.Bits.ToString("x8"),
        tx = block.Transactions.Select(t => new
        {
            txid = t.Txid.ToString(), hash = t.Wtxid.ToString(), version = t.Version, size = t.Size, vsize = t.VirtualSize, locktime = t.LockTime,
            vin = t.Inputs.Select(i => new
            {
                txid = i.Previous.Txid.ToString(), vout = i.Previous.Index,
                scriptSig = new { asm = Convert.ToHexStringLower(i.ScriptSig.Span), hex = Convert.ToHexStringLower(i.ScriptSig.Span) }, sequence = i.Sequence,
            }),
            vout = t.Outputs.Select((o, n) => new
            {
                value = o.Value / 1e8, n,
                scriptPubKey = new
                {
                    asm = Convert.ToHexStringLower(o.Script.Span), hex = Convert.ToHexStringLower(o.Script.Span), reqSigs = 1, type = "pubkeyhash",
                    addresses = new[] { "oYidNmhhCZ76BEKyZJdiqu7YFAURRfSbCJ" },
                },
            }),
            floData = t.FloDataText(), hex = t.ToHex(),
        }),
        previousblockhash = block.Header.Previous.ToString(),
    });
}
