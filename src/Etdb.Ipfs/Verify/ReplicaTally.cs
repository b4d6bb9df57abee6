using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Fetch;

namespace Etdb.Ipfs.Verify;

/// <summary>Gathers what single blocks said into one report. Not shared between threads.</summary>
internal sealed class ReplicaTally(Cid root, ReplicaCheckOptions options)
{
    private readonly long _started = options.Time.GetTimestamp();
    private readonly List<Cid> _missing = [];
    private readonly List<Cid> _corrupt = [];
    private long _blocks;
    private long _bytes;
    private long _leaves;
    private int _unknown;
    private int _depth;
    private string? _detail;

    /// <summary>True when so little can be learned that it is better to stop.</summary>
    public bool GiveUp => _unknown >= options.MaxUnknown;

    public void Good(int bytes, int depth, bool leaf)
    {
        _blocks++;
        _bytes += bytes;
        _leaves += leaf ? 1 : 0;
        _depth = Math.Max(_depth, depth);
    }

    public void Bad(Cid cid, BlockFetch answer)
    {
        _detail ??= answer.Detail;
        switch (answer.Status)
        {
            case FetchStatus.NotFound:
                Name(_missing, cid);
                break;
            case FetchStatus.WrongBytes or FetchStatus.TooLarge:
                Name(_corrupt, cid);
                break;
            default:
                _unknown++;
                break;
        }
    }

    public void Unclear(string why)
    {
        _unknown++;
        _detail ??= why;
    }

    public ReplicaReport Report(bool full)
    {
        var finding = _corrupt.Count > 0 ? ReplicaFinding.Corrupt
            : _missing.Count > 0 ? ReplicaFinding.Missing
            : _unknown > 0 ? ReplicaFinding.Unknown
            : ReplicaFinding.Complete;
        return new ReplicaReport(
            finding, root, _blocks, _bytes, _leaves, _missing, _corrupt, _unknown, _depth, full && _unknown == 0, options.Time.GetElapsedTime(_started), _detail);
    }

    private static void Name(List<Cid> list, Cid cid)
    {
        if (list.Count < ReplicaReport.NamedLimit)
        {
            list.Add(cid);
        }
    }
}
