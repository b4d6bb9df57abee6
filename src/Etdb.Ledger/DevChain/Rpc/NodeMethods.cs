using System.Text.Json.Nodes;

namespace Etdb.Ledger.DevChain.Rpc;

/// <summary>Mining, fees, messages, addresses, and what a node says of itself.</summary>
internal sealed class NodeMethods(DevelopmentChain chain, RpcMethodTable table, TimeProvider time)
{
    private readonly DateTimeOffset _started = time.GetUtcNow();

    public void AddTo()
    {
        table.AddAsync("generatetoaddress", "nblocks address maxtries floData", GenerateToAddressAsync);
        table.Add("submitblock", "hexdata dummy", Submit);
        table.Add("getmininginfo", string.Empty, _ => MiningInfo());
        table.Add("estimatefee", "nblocks", _ => JsonShapes.Flo(chain.Limits.RelayFeePerKilobyte));
        table.Add("estimatesmartfee", "conf_target estimate_mode", EstimateSmartFee);
        table.Add("verifymessage", "address signature message", VerifyMessage);
        table.Add("signmessagewithprivkey", "privkey message", SignMessage);
        table.Add("validateaddress", "address", ValidateAddress);
        table.Add("getnetworkinfo", string.Empty, _ => NetworkInfo());
        table.Add("getinfo", string.Empty, _ => Info());
        table.Add("getpeerinfo", string.Empty, _ => new JsonArray());
        table.Add("getconnectioncount", string.Empty, _ => 0);
        table.Add("ping", string.Empty, _ => null);
        table.Add("uptime", string.Empty, _ => (long)(time.GetUtcNow() - _started).TotalSeconds);
        table.Add("help", "command", Help);
    }

    private Task<JsonNode?> GenerateToAddressAsync(RpcArguments arguments, CancellationToken cancellationToken) =>
        Task.FromResult<JsonNode?>(Generate(chain, arguments, arguments.Address(1, chain.Network).ToScript(), floData: 3, cancellationToken));

    /// <summary>Mines as many blocks as the first argument says; <paramref name="floData"/> is the place of the coinbases' comment.</summary>
    internal static JsonArray Generate(DevelopmentChain chain, RpcArguments arguments, byte[] script, int floData, CancellationToken cancellationToken)
    {
        var blocks = arguments.Number(0, "nblocks");
        if (blocks is < 0 or > DevelopmentChain.MaxMinedAtOnce)
        {
            throw new RpcError(RpcError.InvalidParameter, $"Between 0 and {DevelopmentChain.MaxMinedAtOnce} blocks at once");
        }

        var comment = arguments.Comment(floData);
        if (comment.Length > chain.Limits.FloDataBytes)
        {
            throw new RpcError(RpcError.InvalidParameter, "Flo data too long");
        }

        var mined = chain.Mine(blocks, script, comment, cancellationToken);
        return new JsonArray([.. mined.Select(e => JsonValue.Create(e.Hash.ToString()))]);
    }

    private JsonNode? Submit(RpcArguments arguments)
    {
        var result = chain.Submit(arguments.Block(0));
        return result.Outcome == BlockOutcome.Connected ? null : result.Reason;
    }

    private JsonObject MiningInfo() => new()
    {
        ["blocks"] = chain.Tip.Height,
        ["difficulty"] = CompactTarget.Difficulty(chain.Tip.Header.Bits),
        ["pooledtx"] = chain.MempoolCount,
        ["chain"] = chain.Network.ChainName,
    };

    private JsonObject EstimateSmartFee(RpcArguments arguments) => new()
    {
        ["feerate"] = JsonShapes.Flo(chain.Limits.RelayFeePerKilobyte),
        ["blocks"] = arguments.Number(0, "conf_target"),
    };

    private JsonNode VerifyMessage(RpcArguments arguments) =>
        MessageVerifier.Verify(arguments.Text(0, "address"), arguments.Text(1, "signature"), arguments.Text(2, "message"), chain.Network) switch
        {
            MessageVerdict.Valid => true,
            MessageVerdict.Wrong => false,
            MessageVerdict.MalformedAddress => throw new RpcError(RpcError.WrongType, "Invalid address"),
            _ => throw new RpcError(RpcError.NotFound, "Malformed base64 encoding or signature"),
        };

    private JsonNode SignMessage(RpcArguments arguments)
    {
        using var key = ReadKey(arguments.Text(0, "privkey"), chain.Network);
        return MessageSigner.Sign(key, arguments.Text(1, "message"));
    }

    private JsonObject ValidateAddress(RpcArguments arguments)
    {
        if (!FloAddress.TryParse(arguments.Text(0, "address"), chain.Network, out var address))
        {
            return new JsonObject { ["isvalid"] = false };
        }

        return new JsonObject
        {
            ["isvalid"] = true,
            ["address"] = address.Text,
            ["scriptPubKey"] = Convert.ToHexStringLower(address.ToScript()),
            ["isscript"] = address.Kind is FloAddressKind.ScriptHash or FloAddressKind.WitnessScriptHash,
            ["ismine"] = false,
        };
    }

    private JsonObject NetworkInfo() => new()
    {
        ["version"] = 0,
        ["subversion"] = "/Etdb.Orleans development chain/",
        ["protocolversion"] = 70015,
        ["connections"] = 0,
        ["networkactive"] = false,
        ["relayfee"] = JsonShapes.Flo(chain.Limits.RelayFeePerKilobyte),
        ["incrementalfee"] = JsonShapes.Flo(chain.Limits.RelayFeePerKilobyte),
        ["warnings"] = "This is a chain for development.",
    };

    private JsonObject Info() => new()
    {
        ["version"] = 0,
        ["protocolversion"] = 70015,
        ["blocks"] = chain.Tip.Height,
        ["connections"] = 0,
        ["difficulty"] = CompactTarget.Difficulty(chain.Tip.Header.Bits),
        ["testnet"] = true,
        ["relayfee"] = JsonShapes.Flo(chain.Limits.RelayFeePerKilobyte),
        ["errors"] = "This is a chain for development.",
    };

    private JsonNode Help(RpcArguments arguments)
    {
        var wanted = arguments.OptionalText(0, "command");
        var lines = table.All.Where(m => wanted is null || m.Name == wanted).Select(m => string.Join(' ', [m.Name, .. m.Parameters]));
        return string.Join('\n', lines);
    }

    internal static FloKey ReadKey(string wif, FloNetwork network)
    {
        try
        {
            return FloKey.FromWif(wif, network);
        }
        catch (FormatException)
        {
            throw new RpcError(RpcError.NotFound, "Invalid private key");
        }
    }
}
