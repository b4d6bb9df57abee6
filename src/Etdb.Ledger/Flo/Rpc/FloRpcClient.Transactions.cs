using System.Text.Json;
using System.Text.Json.Nodes;

namespace Etdb.Ledger.Flo.Rpc;

public sealed partial class FloRpcClient
{
    /// <summary>Looks for a transaction the node has just answered for: with <see cref="FloRpcOptions.FirstWait"/> between them about two seconds.</summary>
    private const int HeldAttempts = 10;

    /// <summary>A transaction and where it is; null when neither the node's best chain nor its mempool holds it. flod's index of transactions also tells of blocks a reorganisation took back.</summary>
    public async Task<NodeTransaction?> GetTransactionAsync(Hash256 txid, CancellationToken cancellationToken)
    {
        // 1 for verbose: flod and flod-go take no boolean here, fcoin takes both. floData that is not UTF-8 stays unread; the hex field has it.
        var call = new RpcCall("getrawtransaction", new JsonArray(txid.ToString(), 1));
        var answer = (await ReadBatchAsync([call], cancellationToken).ConfigureAwait(false))[0];
        if (IsUnknown(answer))
        {
            return null;
        }

        var result = Result(call, answer);
        var found = Read(call.Method, () => ReadTransaction(result));
        if (found.Transaction.Txid != txid)
        {
            throw Substituted(call.Method, txid, found.Transaction.Txid);
        }

        return found.Block is not null && IsTakenBack(result) ? null : found;
    }

    /// <summary>
    /// Offers a transaction and then asks whether the node holds it, because fcoin answers with an id even when its mempool refuses, and flod refuses one that
    /// is in a block and whose outputs are spent for missing inputs. Safe to repeat: a known transaction is <see cref="SendOutcome.Accepted"/> or
    /// <see cref="SendOutcome.AlreadyMined"/>.
    /// </summary>
    /// <exception cref="FloNodeException">The node gave no judgement of the transaction.</exception>
    public async Task<SendResult> SendTransactionAsync(FloTransaction transaction, CancellationToken cancellationToken)
    {
        var call = new RpcCall("sendrawtransaction", new JsonArray(transaction.ToHex()));
        var answer = (await ReadBatchAsync([call], cancellationToken).ConfigureAwait(false))[0];
        if (answer.ErrorCode is { } code)
        {
            var refusal = SendReasons.Classify(code, answer.ErrorMessage ?? string.Empty)
                ?? throw new FloNodeException(FloNodeFailure.Refused, $"{Endpoint} did not judge the transaction: {answer.ErrorMessage} ({code})", code);
            return refusal.Outcome is SendOutcome.Accepted or SendOutcome.AlreadyMined
                ? refusal
                : Outcome(await GetTransactionAsync(transaction.Txid, cancellationToken).ConfigureAwait(false), refusal);
        }

        return Outcome(
            await WaitUntilHeldAsync(transaction.Txid, cancellationToken).ConfigureAwait(false),
            new SendResult(SendOutcome.Later, "The node answered with the id but does not hold the transaction."));
    }

    private static SendResult Outcome(NodeTransaction? held, SendResult otherwise) =>
        held switch
        {
            null => otherwise,
            { Block: not null } => new SendResult(SendOutcome.AlreadyMined, null),
            _ => new SendResult(SendOutcome.Accepted, null),
        };

    /// <summary>fcoin answers before its mempool has judged, so "not there" counts only after some waiting.</summary>
    private async Task<NodeTransaction?> WaitUntilHeldAsync(Hash256 txid, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var held = await GetTransactionAsync(txid, cancellationToken).ConfigureAwait(false);
            if (held is not null || attempt == HeldAttempts)
            {
                return held;
            }

            await Task.Delay(_options.FirstWait, _time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Ids in the node's mempool.</summary>
    public async Task<IReadOnlyList<Hash256>> GetMempoolAsync(CancellationToken cancellationToken)
    {
        var result = await ReadAsync("getrawmempool", null, cancellationToken).ConfigureAwait(false);
        return Read<IReadOnlyList<Hash256>>("getrawmempool", () => [.. result.EnumerateArray().Select(id => Hash256.Parse(id.GetString()!))]);
    }

    /// <summary>The node's estimate in satoshi for 1000 bytes to confirm within some blocks; null when it has none.</summary>
    public async Task<long?> EstimateFeeAsync(int blocks, CancellationToken cancellationToken)
    {
        RpcCall[] calls = [new("estimatesmartfee", new JsonArray(blocks)), new("estimatefee", new JsonArray(blocks))];
        var answers = await ReadBatchAsync(calls, cancellationToken).ConfigureAwait(false);
        return answers.Where(a => a.Succeeded).Select(a => ReadFee(a.Result)).FirstOrDefault(fee => fee is not null);
    }

    /// <summary>Mines blocks to an address (test networks only); their ids.</summary>
    public async Task<IReadOnlyList<Hash256>> GenerateToAddressAsync(int blocks, FloAddress address, CancellationToken cancellationToken)
    {
        var result = await ExecuteAsync("generatetoaddress", new JsonArray(blocks, address.Text), cancellationToken).ConfigureAwait(false);
        return Read<IReadOnlyList<Hash256>>("generatetoaddress", () => [.. result.EnumerateArray().Select(id => Hash256.Parse(id.GetString()!))]);
    }

    /// <summary>Offers a block; null when it was taken, else the node's reason.</summary>
    public async Task<string?> SubmitBlockAsync(FloBlock block, CancellationToken cancellationToken)
    {
        var call = new RpcCall("submitblock", new JsonArray(block.ToHex()));
        var answer = (await _transport.SendAsync([call], repeatable: false, cancellationToken).ConfigureAwait(false))[0];
        return answer.Succeeded ? answer.Result.ValueKind == JsonValueKind.String ? answer.Result.GetString() : null : answer.ErrorMessage ?? "refused";
    }

    /// <summary>Tells the node to treat a block and all after it as invalid.</summary>
    public Task InvalidateBlockAsync(Hash256 block, CancellationToken cancellationToken) =>
        ExecuteAsync("invalidateblock", new JsonArray(block.ToString()), cancellationToken);

    /// <summary>Takes an invalidation back.</summary>
    public Task ReconsiderBlockAsync(Hash256 block, CancellationToken cancellationToken) =>
        ExecuteAsync("reconsiderblock", new JsonArray(block.ToString()), cancellationToken);

    private static NodeTransaction ReadTransaction(JsonElement result)
    {
        var transaction = FloTransaction.Parse(HexField(result));
        var block = result.TryGetProperty("blockhash", out var hash) && hash.ValueKind == JsonValueKind.String ? Hash256.Parse(hash.GetString()!) : (Hash256?)null;
        var confirmations = result.TryGetProperty("confirmations", out var n) && n.ValueKind == JsonValueKind.Number ? n.GetInt32() : 0;
        return new NodeTransaction(transaction, block, Math.Max(0, confirmations));
    }

    /// <summary>flod says so in no other way: a block, and no confirmations.</summary>
    private static bool IsTakenBack(JsonElement result) =>
        result.TryGetProperty("confirmations", out var n) && n.ValueKind == JsonValueKind.Number && n.TryGetInt32(out var count) && count <= 0;

    private static long? ReadFee(JsonElement result)
    {
        var number = result.ValueKind == JsonValueKind.Object && result.TryGetProperty("feerate", out var rate) ? rate : result;
        return number.ValueKind == JsonValueKind.Number && number.TryGetDecimal(out var flo) && flo is > 0 and < 1 ? (long)(flo * Money.Coin) : null;
    }
}
