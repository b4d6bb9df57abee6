namespace Etdb.Orleans.Embedded.Engine;

/// <summary>
/// Who waits for whom, as the pending calls of one moment tell it: an edge from the activation that called to the one that is to answer. A grain may wait for several at once
/// (<c>Task.WhenAll</c>), so all its calls are followed.
/// </summary>
internal sealed class WaitChain
{
    /// <summary>Longest chain that is followed: deeper ones are named by their beginning.</summary>
    private const int Longest = 16;

    /// <summary>Calls that are looked at for one explanation.</summary>
    private const int MostLooks = 10_000;

    private readonly ILookup<Activation, GrainCall> _bySource;

    public WaitChain(List<GrainCall> pending) => _bySource = pending.Where(static c => c.Source is not null && !c.HasEnded).ToLookup(static c => c.Source!);

    /// <summary>The chain from <paramref name="start"/> by the oldest call of each.</summary>
    public List<Activation> Follow(Activation start)
    {
        var chain = new List<Activation> { start };
        while (chain.Count <= Longest && Next(chain[^1]).FirstOrDefault() is { } wait && !chain.Contains(wait.Target))
        {
            chain.Add(wait.Target);
        }

        return chain;
    }

    /// <summary>
    /// A chain of waits from <paramref name="start"/> that comes back to one of its members; null when there is none. One of the calls that close it must still wait in a mailbox: where all have
    /// begun, as between grains that interleave, each is answered once the last is.
    /// </summary>
    public List<Activation>? FindCycle(Activation start)
    {
        var path = new List<Step> { new(start, Begun: true, new(Next(start))) };
        var seen = new HashSet<Activation> { start };
        for (var look = 0; look < MostLooks && path.Count > 0; look++)
        {
            if (!path[^1].Calls.TryDequeue(out var wait))
            {
                path.RemoveAt(path.Count - 1);
                continue;
            }

            var (next, begun) = wait;
            var at = path.FindIndex(s => ReferenceEquals(s.From, next));
            if (at >= 0 && !(begun && path.Skip(at + 1).All(static s => s.Begun)))
            {
                return [.. path.Select(static s => s.From), next];
            }

            if (path.Count < Longest && seen.Add(next))
            {
                path.Add(new(next, begun, new(Next(next))));
            }
        }

        return null;
    }

    private IEnumerable<Wait> Next(Activation from) =>
        _bySource[from].Select(static c => CallDiagnostics.TargetOf(c) is { } target ? new Wait(target, c.Target is not null) : null).OfType<Wait>();

    /// <summary>One call somebody waits for.</summary>
    private sealed record Wait(Activation Target, bool Begun);

    /// <summary>An activation on the way, whether the call that led to it has begun there, and its own calls still to be looked at.</summary>
    private sealed record Step(Activation From, bool Begun, Queue<Wait> Calls);
}
