using System.Runtime.CompilerServices;
using Etdb.Domain.Content;
using Etdb.Grains.Ports;

namespace Etdb.Silo.Adapters;

/// <summary>A node whose stored credential cannot be opened: every call ends in that, as if the node had refused us; nothing is concluded about what it holds.</summary>
internal sealed class LockedNode(string problem) : IArchiveNode
{
    public Task<NodeProbe> ProbeAsync(CancellationToken cancellationToken) => Task.FromResult(new NodeProbe(false, null, null, 0, 0, problem));

    public async IAsyncEnumerable<ContentId> ListPinsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.FromException(new NodeUnavailableException(problem));
        yield break;
    }

    public Task<PinResult> PinAsync(PinRequest request, IProgress<PinProgress>? progress, CancellationToken cancellationToken) => Task.FromResult(new PinResult(NodeOutcome.Unauthorized, 0, 0, null, problem));

    public Task<NodeOutcome> UnpinAsync(ContentId root, CancellationToken cancellationToken) => Task.FromResult(NodeOutcome.Unauthorized);

    public Task<ReplicaCheck> VerifyAsync(VerifyRequest request, CancellationToken cancellationToken) => Task.FromResult(new ReplicaCheck(ReplicaVerdict.Unknown, 0, 0, [], [], false, problem));

    public Task<HealResult> HealAsync(HealRequest request, CancellationToken cancellationToken) => Task.FromResult(new HealResult(NodeOutcome.Unauthorized, 0, 0, problem, []));
}
