using System.Text.Json;
using System.Text.Json.Nodes;
using Etdb.Ledger.Publishing.Wallet;

namespace Etdb.Ledger.DevChain.Rpc;

/// <summary>The wallet methods that old publishing tools call, on the one key the node was given. Without a key they do not exist.</summary>
internal sealed class WalletMethods(DevelopmentChain chain, FloKey key)
{
    private readonly Lock _lock = new();
    private long _feePerKilobyte = SpendingPolicy.Default.FeePerKilobyte;

    private FloAddress Address => key.Address(chain.Network);

    public void AddTo(RpcMethodTable table)
    {
        table.AddAsync(
            "generate", "nblocks maxtries floData", (a, ct) => Task.FromResult<JsonNode?>(NodeMethods.Generate(chain, a, Address.ToScript(), floData: 2, ct)));
        table.Add("getnewaddress", "account", _ => Address.Text);
        table.Add("getaccountaddress", "account", _ => Address.Text);
        table.Add("getbalance", "account minconf", _ => JsonShapes.Flo(Outputs().Where(o => o.IsMature).Sum(o => o.Value)));
        table.Add("settxfee", "amount", SetFee);
        table.Add("signmessage", "address message", SignMessage);
        table.Add(
            "sendtoaddress",
            "address amount comment comment_to subtractfeefromamount replaceable conf_target estimate_mode floData",
            a => SendToAddress(a));
        table.Add("sendfrom", "fromaccount toaddress amount minconf comment comment_to floData", a => Send(a, 1, 2, 6));
        table.Add("sendmany", "fromaccount amounts minconf comment subtractfeefrom replaceable conf_target estimate_mode floData", SendMany);
    }

    /// <summary>go-etdb passes one object with names as the first positional argument.</summary>
    private JsonNode SendToAddress(RpcArguments arguments)
    {
        if (arguments.Element(0, "address").ValueKind != JsonValueKind.Object)
        {
            return Send(arguments, 0, 1, 8);
        }

        string[] names = ["address", "amount", "floData"];
        return Send(new RpcArguments(arguments.Element(0, "address"), names), 0, 1, 2);
    }

    private JsonNode Send(RpcArguments arguments, int address, int amount, int floData)
    {
        var script = arguments.Address(address, chain.Network).ToScript();
        return Pay([new TransactionOutput(RpcArguments.Amount(arguments.Element(amount, "amount"), "amount"), script)], arguments.Comment(floData));
    }

    private JsonNode SendMany(RpcArguments arguments)
    {
        var amounts = arguments.Element(1, "amounts");
        if (amounts.ValueKind != JsonValueKind.Object)
        {
            throw new RpcError(RpcError.WrongType, "amounts must be an object");
        }

        var payments = amounts.EnumerateObject().Select(p => FloAddress.TryParse(p.Name, chain.Network, out var to)
            ? new TransactionOutput(RpcArguments.Amount(p.Value, p.Name), to.ToScript())
            : throw new RpcError(RpcError.NotFound, "Invalid FLO address")).ToList();
        return Pay(payments, arguments.Comment(8));
    }

    private JsonNode Pay(IReadOnlyList<TransactionOutput> payments, byte[] comment)
    {
        lock (_lock)
        {
            var policy = SpendingPolicy.Default with { FeePerKilobyte = _feePerKilobyte };
            var outcome = RecordWallet.Build(key, Outputs(), new SpendRequest { Payments = payments, FloData = comment }, policy);
            if (outcome.Transaction is not { } built)
            {
                throw outcome.Status switch
                {
                    BuildStatus.NotEnough => new RpcError(RpcError.InsufficientFunds, "Insufficient funds"),
                    BuildStatus.FloDataTooLong => new RpcError(RpcError.InvalidParameter, "Flo data too long"),
                    BuildStatus.ChainTooLong => new RpcError(RpcError.WalletError, "Transaction has too long of a mempool chain: too-long-mempool-chain"),
                    _ => new RpcError(RpcError.WalletError, $"Transaction cannot be made: {outcome.Status}"),
                };
            }

            var result = chain.Submit(built.Transaction);
            return result.IsAccepted ? built.Txid.ToString() : throw new RpcError(RpcError.WalletError, $"Error: The transaction was rejected! {result.Reason}");
        }
    }

    private JsonNode SetFee(RpcArguments arguments)
    {
        var fee = RpcArguments.Amount(arguments.Element(0, "amount"), "amount");
        if (fee < chain.Limits.RelayFeePerKilobyte)
        {
            throw new RpcError(RpcError.InvalidParameter, "txfee cannot be less than min relay tx fee");
        }

        lock (_lock)
        {
            _feePerKilobyte = fee;
        }

        return true;
    }

    private JsonNode SignMessage(RpcArguments arguments) => arguments.Address(0, chain.Network).Equals(Address)
        ? MessageSigner.Sign(key, arguments.Text(1, "message"))
        : throw new RpcError(RpcError.WalletError, "Private key not available");

    private List<WalletOutput> Outputs()
    {
        var tip = chain.Tip.Height;
        return [.. chain.ListUnspent(Address.ToScript()).Select(u =>
        {
            var waiting = chain.FindMempool(u.OutPoint.Txid);
            var confirmations = u.Coin.Height == Coin.InMempool ? 0 : tip - u.Coin.Height + 1;
            return new WalletOutput(
                u.OutPoint, u.Coin.Output.Value, u.Coin.Output.Script, confirmations, u.Coin.Coinbase, waiting?.AncestorCount ?? 0, waiting?.AncestorBytes ?? 0);
        })];
    }
}
