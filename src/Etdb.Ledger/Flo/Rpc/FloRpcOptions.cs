namespace Etdb.Ledger.Flo.Rpc;

/// <summary>A password that does not show itself.</summary>
public sealed class RpcPassword(string value)
{
    internal string Value { get; } = value;

    /// <inheritdoc/>
    public override string ToString() => "***";
}

/// <summary>How to talk to one FLO node.</summary>
public sealed record FloRpcOptions
{
    /// <summary>Where the node listens, for example <c>http://127.0.0.1:7313/</c>.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>User for basic authentication; null for none or when <see cref="CookieFile"/> is given.</summary>
    public string? User { get; init; }

    public RpcPassword? Password { get; init; }

    /// <summary>File with <c>user:password</c> that the node writes at each start. Read again when the node refuses what was read before.</summary>
    public string? CookieFile { get; init; }

    /// <summary>One request, answer included. 30 s: a full block through a slow line.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Largest answer read, in bytes. 64 MiB: eight full blocks in hex.</summary>
    public int MaxAnswerBytes { get; init; } = 64 << 20;

    /// <summary>Calls in one batch. 100 keeps a batch of ordinary blocks far below <see cref="MaxAnswerBytes"/>.</summary>
    public int MaxBatch { get; init; } = 100;

    /// <summary>Tries of a call that is safe to repeat. 4 span about two seconds.</summary>
    public int Attempts { get; init; } = 4;

    /// <summary>First wait between tries; doubles, with jitter, up to <see cref="LongestWait"/>.</summary>
    public TimeSpan FirstWait { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Longest wait between tries.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromSeconds(5);
}
