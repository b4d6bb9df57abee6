namespace Etdb.Ledger.Flo.Rpc;

/// <summary>Where a node stands.</summary>
/// <param name="Chain">The node's name for its network: <c>main</c>, <c>test</c>, <c>regtest</c> or our development chain's.</param>
/// <param name="Height">Height of its tip.</param>
/// <param name="BestBlock">Block id of its tip.</param>
/// <param name="Headers">Headers it knows; more than <paramref name="Height"/> while it catches up.</param>
public sealed record NodeChainInfo(string Chain, int Height, Hash256 BestBlock, int Headers);

/// <summary>A transaction as a node holds it.</summary>
/// <param name="Transaction">Parsed from the node's hex, its id checked.</param>
/// <param name="Block">The block that holds it, null in the mempool.</param>
/// <param name="Confirmations">0 in the mempool.</param>
public sealed record NodeTransaction(FloTransaction Transaction, Hash256? Block, int Confirmations);

/// <summary>An output nobody has spent.</summary>
/// <param name="OutPoint">Which output.</param>
/// <param name="Value">Satoshi.</param>
/// <param name="Script">Its locking script.</param>
/// <param name="Confirmations">0 when its transaction is in the mempool.</param>
/// <param name="Coinbase">A coinbase's output is spendable after 100 confirmations.</param>
public sealed record NodeUnspent(OutPoint OutPoint, long Value, ReadOnlyMemory<byte> Script, int Confirmations, bool Coinbase);

/// <summary>How a node took a transaction.</summary>
public enum SendOutcome
{
    /// <summary>In its mempool, now or before.</summary>
    Accepted = 0,

    /// <summary>Already in a block.</summary>
    AlreadyMined = 1,

    /// <summary>An input is unknown to the node: the parent has not arrived, or the output is spent.</summary>
    MissingInputs = 2,

    /// <summary>Too many unconfirmed ancestors or descendants; a block will help.</summary>
    ChainTooLong = 3,

    /// <summary>The fee is below what the node takes now.</summary>
    FeeTooLow = 4,

    /// <summary>Another transaction in the mempool spends an input.</summary>
    Conflict = 5,

    /// <summary>Refused for good.</summary>
    Rejected = 6,

    /// <summary>Not now: it spends a coinbase that a reorganisation made young again, or the node said yes and does not hold it (fcoin, which gives no reasons).</summary>
    Later = 7,
}

/// <summary>How a node took a transaction, with its own words.</summary>
public sealed record SendResult(SendOutcome Outcome, string? Detail);
