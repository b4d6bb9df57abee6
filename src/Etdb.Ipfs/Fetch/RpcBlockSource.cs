using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Kubo;

namespace Etdb.Ipfs.Fetch;

/// <summary>
/// Blocks of one node by its RPC, from its disk only. Where the node cannot be kept from asking others (js-ipfs), its own list of blocks is read once and
/// asked instead, so that "not here" is known without waiting.
/// </summary>
public sealed class RpcBlockSource : IBlockSource
{
    /// <summary>Most blocks of a list that is held: 1 Mi, about 120 MB.</summary>
    public const int MaxListed = 1 << 20;

    private readonly KuboClient _client;
    private readonly bool _listFirst;
    private readonly Lock _gate = new();
    private Task<HashSet<Multihash>>? _listed; // under the gate; a source lives as long as one check, so the list is read once

    /// <summary>The node behind <paramref name="client"/>, which is <paramref name="software"/>.</summary>
    public RpcBlockSource(KuboClient client, NodeSoftware software)
    {
        ArgumentNullException.ThrowIfNull(client);
        _client = client;
        _listFirst = software == NodeSoftware.JsIpfs;
    }

    /// <inheritdoc/>
    public string Name => _client.Endpoint.ToString();

    /// <inheritdoc/>
    public async Task<BlockFetch> GetAsync(Cid cid, CancellationToken cancellationToken)
    {
        if (_listFirst)
        {
            try
            {
                if (!(await ListAsync(cancellationToken).ConfigureAwait(false)).Contains(cid.Hash))
                {
                    return BlockFetch.Not(FetchStatus.NotFound, $"{Name} does not list {cid}");
                }
            }
            catch (KuboException error)
            {
                return BlockFetch.Not(error.Outcome == KuboOutcome.Stalled ? FetchStatus.Stalled : FetchStatus.Failed, error.Message);
            }
        }

        var answer = await _client.BlockGetAsync(cid, cancellationToken).ConfigureAwait(false);
        return answer.Outcome switch
        {
            KuboOutcome.Done => Judge(cid, answer.Value!),
            KuboOutcome.NotFound => BlockFetch.Not(FetchStatus.NotFound, answer.Detail ?? string.Empty),
            KuboOutcome.Corrupt => BlockFetch.Not(FetchStatus.WrongBytes, answer.Detail ?? string.Empty),
            KuboOutcome.Stalled => BlockFetch.Not(FetchStatus.Stalled, answer.Detail ?? string.Empty),
            _ => BlockFetch.Not(FetchStatus.Failed, answer.Detail ?? answer.Outcome.ToString()),
        };
    }

    private BlockFetch Judge(Cid cid, byte[] data) => cid.Check(data) switch
    {
        HashCheck.Match => BlockFetch.Of(data),
        HashCheck.Mismatch => BlockFetch.Not(FetchStatus.WrongBytes, $"{Name} has {data.Length} other bytes under {cid}"),
        _ => BlockFetch.Not(FetchStatus.Failed, $"{cid} is named by a hash that cannot be checked here"),
    };

    private Task<HashSet<Multihash>> ListAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return _listed ??= LoadAsync(cancellationToken);
        }
    }

    private async Task<HashSet<Multihash>> LoadAsync(CancellationToken cancellationToken)
    {
        var hashes = new HashSet<Multihash>();
        await foreach (var cid in _client.LocalRefsAsync(cancellationToken).ConfigureAwait(false))
        {
            hashes.Add(cid.Hash);
            if (hashes.Count > MaxListed)
            {
                throw new KuboException(
                    KuboOutcome.NodeError, $"{Name} has more than {MaxListed} blocks, which is more than can be checked on a node that fetches what it has not got");
            }
        }

        return hashes;
    }
}
