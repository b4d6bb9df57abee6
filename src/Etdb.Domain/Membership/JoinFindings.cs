namespace Etdb.Domain.Membership;

/// <summary>How a call that we need (or must not have) was answered.</summary>
public enum CallAnswer
{
    /// <summary>Not asked, or no answer that tells.</summary>
    Unknown = 0,

    /// <summary>The node would do it.</summary>
    Open = 1,

    /// <summary>The node refused the credential (401, 403).</summary>
    Refused = 2,

    /// <summary>The node has no such call (404).</summary>
    Absent = 3,
}

/// <summary>What was seen of a node that wants to join; gathered by the host, judged by <see cref="JoinChecks"/>.</summary>
public sealed record JoinFindings
{
    /// <summary>Why its address may not be called; null when it may.</summary>
    public string? AddressProblem { get; init; }

    /// <summary>The address is on this machine or in a network the configuration names: others cannot listen in or call.</summary>
    public bool Trusted { get; init; }

    /// <summary>The RPC is spoken over TLS.</summary>
    public bool Encrypted { get; init; }

    /// <summary>A credential was given.</summary>
    public bool HasCredential { get; init; }

    /// <summary>Why the RPC did not answer; null when it did.</summary>
    public string? RpcProblem { get; init; }

    /// <summary>Why the gateway did not answer; null when it did or none was given.</summary>
    public string? GatewayProblem { get; init; }

    /// <summary>Agent version, e.g. <c>kubo/0.42.0</c>.</summary>
    public string? Agent { get; init; }

    /// <summary>Peer id.</summary>
    public string? PeerId { get; init; }

    /// <summary>Identity of the repository.</summary>
    public string? RepositoryId { get; init; }

    /// <summary>How the node answers without a credential to something that changes it.</summary>
    public CallAnswer WithoutCredential { get; init; }

    /// <summary>How it answers to each call we need, by path below <c>/api/v0/</c>.</summary>
    public IReadOnlyDictionary<string, CallAnswer> Needed { get; init; } = new Dictionary<string, CallAnswer>(StringComparer.Ordinal);

    /// <summary>How it answers to calls that no credential of ours should open.</summary>
    public IReadOnlyDictionary<string, CallAnswer> Excessive { get; init; } = new Dictionary<string, CallAnswer>(StringComparer.Ordinal);

    /// <summary>Most bytes its store may hold, and no more than its operator offers; 0 when the node does not say.</summary>
    public long CapacityBytes { get; init; }

    /// <summary>Bytes in its store; null when it does not say.</summary>
    public long? UsedBytes { get; init; }

    /// <summary>Whether it removes unpinned blocks by itself; null when it does not say.</summary>
    public bool? CollectsGarbage { get; init; }

    /// <summary>Its clock less ours; null when it does not say.</summary>
    public TimeSpan? ClockAhead { get; init; }

    /// <summary>The operator's clock less ours; null when not told.</summary>
    public TimeSpan? OperatorClockAhead { get; init; }

    /// <summary>Id of a node of the cluster with the same address or the same repository; null when there is none.</summary>
    public string? SameAs { get; init; }
}
