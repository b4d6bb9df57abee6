namespace Etdb.Domain.Replication;

/// <summary>An institution that keeps replicas: the outermost failure domain a policy may ask copies to be distinct by.</summary>
public readonly record struct MemberId(string Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>One IPFS node of a member. The id is stable over restarts and repository replacements; the peer id is not.</summary>
public readonly record struct NodeId(string Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value;
}
