using System.Text.Json;
using System.Text.Json.Nodes;

namespace Etdb.Ledger.Flo.Rpc;

public sealed partial class FloRpcClient
{
    /// <summary>Bitcoin's "invalid address or key": also "no such block or transaction".</summary>
    private const int NotFound = -5;

    /// <summary>Bitcoin's "invalid parameter": also "block height out of range".</summary>
    private const int InvalidParameter = -8;

    private const int MiscellaneousError = -1;

    /// <summary>Heights above are not believed: 40-second blocks take more than a century to get there.</summary>
    private const int MaxHeight = 100_000_000;

    /// <summary>Height of the node's tip.</summary>
    public async Task<int> GetBlockCountAsync(CancellationToken cancellationToken)
    {
        var result = await ReadAsync("getblockcount", null, cancellationToken).ConfigureAwait(false);
        return Read("getblockcount", () => result.GetInt32() is var height and >= 0 and <= MaxHeight ? height : throw new FormatException("a height no FLO chain has."));
    }

    /// <summary>Block id of the node's tip.</summary>
    public async Task<Hash256> GetBestBlockHashAsync(CancellationToken cancellationToken)
    {
        var result = await ReadAsync("getbestblockhash", null, cancellationToken).ConfigureAwait(false);
        return Read("getbestblockhash", () => Hash256.Parse(result.GetString()!));
    }

    /// <summary>Which network the node is on and how far it has come.</summary>
    public async Task<NodeChainInfo> GetChainInfoAsync(CancellationToken cancellationToken)
    {
        var result = await ReadAsync("getblockchaininfo", null, cancellationToken).ConfigureAwait(false);
        return Read("getblockchaininfo", () =>
        {
            var height = result.GetProperty("blocks").GetInt32();
            var headers = result.TryGetProperty("headers", out var h) && h.ValueKind == JsonValueKind.Number ? h.GetInt32() : height;
            return new NodeChainInfo(result.GetProperty("chain").GetString()!, height, Hash256.Parse(result.GetProperty("bestblockhash").GetString()!), headers);
        });
    }

    /// <summary>Block id at a height of the node's best chain; null above its tip.</summary>
    public async Task<Hash256?> GetBlockHashAsync(int height, CancellationToken cancellationToken) =>
        (await GetBlockHashesAsync(height, 1, cancellationToken).ConfigureAwait(false))[0];

    /// <summary>Block ids of <paramref name="count"/> heights from <paramref name="first"/>; null for heights above the tip.</summary>
    public async Task<IReadOnlyList<Hash256?>> GetBlockHashesAsync(int first, int count, CancellationToken cancellationToken)
    {
        var calls = Enumerable.Range(first, count).Select(height => new RpcCall("getblockhash", new JsonArray(height))).ToList();
        return await ReadBatchAsync(calls, (i, answer) => IsUnknown(answer) ? (Hash256?)null : ReadHash(calls[i], answer), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A block by id; null when the node has none of this id.</summary>
    public async Task<FloBlock?> GetBlockAsync(Hash256 hash, CancellationToken cancellationToken) =>
        (await GetBlocksAsync([hash], cancellationToken).ConfigureAwait(false))[0];

    /// <summary>Blocks by id, in order; null for those the node has not. Each block's id is checked; its inside is not.</summary>
    public async Task<IReadOnlyList<FloBlock?>> GetBlocksAsync(IReadOnlyList<Hash256> hashes, CancellationToken cancellationToken)
    {
        // `false` is hex for every node: flod takes it for 0, flod-go and fcoin know nothing else.
        var calls = hashes.Select(hash => new RpcCall("getblock", new JsonArray(hash.ToString(), false))).ToList();
        var raws = await ReadBatchAsync(calls, (i, answer) => IsUnknown(answer) ? null : ReadHex(calls[i], answer), cancellationToken).ConfigureAwait(false);
        var parsed = new Queue<ParsedBlock>(FloBlock.ParseMany([.. raws.Where(r => r is not null).Select(r => (ReadOnlyMemory<byte>)r)]));
        return [.. raws.Select((raw, i) => raw is null ? null : Checked(hashes[i], calls[i], parsed.Dequeue()))];
    }

    /// <summary>The header of a block by id; null when the node has none of this id.</summary>
    public async Task<FloBlockHeader?> GetBlockHeaderAsync(Hash256 hash, CancellationToken cancellationToken)
    {
        var call = new RpcCall("getblockheader", new JsonArray(hash.ToString(), false));
        var answers = await ReadBatchAsync([call], cancellationToken).ConfigureAwait(false);
        if (IsUnknown(answers[0]))
        {
            return null;
        }

        var result = Result(call, answers[0]);
        var header = Read(call.Method, () => FloBlockHeader.ParseHex(result.GetString()!));
        return header.Hash == hash ? header : throw Substituted(call.Method, hash, header.Hash);
    }

    /// <summary>"There is no such thing": -5 and -8 of flod and flod-go; fcoin and nodes before 0.10 say -1, their code for anything, with these words.</summary>
    private static bool IsUnknown(RpcAnswer answer) =>
        answer.ErrorCode is NotFound or InvalidParameter
        || (answer is { ErrorCode: MiscellaneousError, ErrorMessage: { } words }
            && (words.Contains("not found", StringComparison.OrdinalIgnoreCase) || words.Contains("out of range", StringComparison.OrdinalIgnoreCase)));

    private byte[] ReadHex(RpcCall call, RpcAnswer answer)
    {
        var result = Result(call, answer);
        return Read(call.Method, () => HexField(result));
    }

    private FloBlock Checked(Hash256 asked, RpcCall call, ParsedBlock parsed)
    {
        var block = Read(call.Method, () => parsed.Block ?? throw parsed.Error!);
        return block.Hash == asked ? block : throw Substituted(call.Method, asked, block.Hash);
    }

    private Hash256 ReadHash(RpcCall call, RpcAnswer answer)
    {
        var result = Result(call, answer);
        return Read(call.Method, () => Hash256.Parse(result.GetString()!));
    }

    private FloNodeException Substituted(string method, Hash256 asked, Hash256 given) =>
        new(FloNodeFailure.Malformed, $"{Endpoint} was asked by {method} for {asked} and gave {given}.");

    /// <summary>Hex as a string, or in the <c>hex</c> field of an object, without making a string of it.</summary>
    private static byte[] HexField(JsonElement result)
    {
        var element = result.ValueKind == JsonValueKind.Object ? result.GetProperty("hex") : result;
        if (element.ValueKind != JsonValueKind.String)
        {
            throw new FormatException("hex text was expected.");
        }

        var text = System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(element)[1..^1];
        return text.Contains((byte)'\\') ? Convert.FromHexString(element.GetString()!) : Convert.FromHexString(text);
    }
}
