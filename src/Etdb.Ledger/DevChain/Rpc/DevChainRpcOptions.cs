using Etdb.Ledger.Flo.Rpc;

namespace Etdb.Ledger.DevChain.Rpc;

/// <summary>How the development chain's JSON-RPC listens. Always on loopback, always with authentication.</summary>
public sealed record DevChainRpcOptions
{
    /// <summary>Port on 127.0.0.1; 0 for a free one.</summary>
    public int Port { get; init; }

    /// <summary>User for basic authentication; null for a cookie made at each start.</summary>
    public string? User { get; init; }

    public RpcPassword? Password { get; init; }

    /// <summary>Folder the file <c>.cookie</c> is written to (mode 0600) when no user is set; null writes none.</summary>
    public string? CookieFolder { get; init; }

    /// <summary>A key for the wallet methods (<c>sendtoaddress</c>, <c>signmessage</c> …); null leaves them out. The caller keeps it.</summary>
    public FloKey? WalletKey { get; init; }

    /// <summary>Largest request in bytes: a block in hex and room.</summary>
    public int MaxRequestBytes { get; init; } = 16 << 20;

    /// <summary>Connections at a time.</summary>
    public int MaxConnections { get; init; } = 256;
}
