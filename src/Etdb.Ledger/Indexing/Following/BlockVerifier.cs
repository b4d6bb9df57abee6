using System.Collections.Frozen;
using System.Globalization;

namespace Etdb.Ledger.Indexing.Following;

/// <summary>
/// Judges blocks on the way in, with nothing but the network's rules and the headers before them: links, form, Merkle root, checkpoints,
/// difficulty, work. Work costs a millisecond of scrypt a block, so it is not computed at or below the last checkpoint, whose id the
/// links lead to anyway.
/// </summary>
internal sealed class BlockVerifier
{
    private readonly FloNetwork _network;
    private readonly int _startHeight;
    private readonly FrozenDictionary<int, Hash256> _checkpoints;
    private readonly int _lastCheckpoint;

    public BlockVerifier(FloNetwork network, int startHeight, FrozenDictionary<int, Hash256> further)
    {
        _network = network;
        _startHeight = startHeight;
        _checkpoints = network.Checkpoints.Concat(further)
            .Append(new KeyValuePair<int, Hash256>(0, network.Genesis.Hash))
            .DistinctBy(c => c.Key).ToFrozenDictionary();
        _lastCheckpoint = _checkpoints.Keys.Max();
    }

    /// <summary>True when the block of this height is known; a header that passed <see cref="CheckLink"/> is then that block.</summary>
    public bool IsCheckpoint(int height) => _checkpoints.ContainsKey(height);

    /// <summary>Checks what can be checked of a block alone; safe to run on many at once.</summary>
    public void CheckAlone(FloBlock block, int height)
    {
        var fault = BlockCheck.Check(block, _network, checkWork: height > _lastCheckpoint);
        if (fault != BlockFault.None)
        {
            throw new LedgerProblemException(LedgerProblemKind.InvalidBlock, Text(height, block.Hash, $"is invalid: {fault}"));
        }
    }

    /// <summary>Checks how headers follow each other. <paramref name="headerAt"/> answers for lower heights from the start on.</summary>
    public void CheckLink(FloBlockHeader header, int height, Func<int, FloBlockHeader> headerAt)
    {
        if (height > _startHeight && headerAt(height - 1).Hash != header.Previous)
        {
            throw new LedgerProblemException(LedgerProblemKind.Inconsistent, Text(height, header.Hash, $"does not follow {headerAt(height - 1).Hash}"));
        }

        if (_checkpoints.TryGetValue(height, out var known) && known != header.Hash)
        {
            throw new LedgerProblemException(LedgerProblemKind.WrongChain, Text(height, header.Hash, $"is not the known block {known} of the FLO network '{_network.Name}'"));
        }

        if (!HasHistory(height))
        {
            return;
        }

        var required = DifficultySchedule.RequiredBits(height, header.Time, headerAt, _network);
        if (required != header.Bits)
        {
            throw new LedgerProblemException(LedgerProblemKind.InvalidBlock, Text(height, header.Hash, $"has bits {header.Bits:x8} where {required:x8} are required"));
        }
    }

    // Difficulty needs the headers of one averaging window and retarget interval. From genesis they are always there; a later start height
    // is a checkpoint, and the blocks just after it are judged by their work alone.
    private bool HasHistory(int height)
    {
        var rule = DifficultyRule.At(height, _network);
        var isWindowKnown = _startHeight == 0 || _network.NoRetarget || height - _startHeight > rule.AveragingBlocks + rule.IntervalBlocks + 1;
        return height > _startHeight && isWindowKnown;
    }

    private static string Text(int height, Hash256 hash, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"block {height} {hash} {what}");
}
