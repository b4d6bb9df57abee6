using System.Text;

namespace Etdb.Orleans.Embedded.Engine;

/// <summary>Says why a call got no answer: what its grain is doing, for whom that waits in turn, and whether the chain comes back to where it began.</summary>
internal static class CallDiagnostics
{
    /// <summary>Longest chain that is followed: deeper ones are named by their beginning.</summary>
    private const int LongestChain = 16;

    /// <summary>The message of the time-out.</summary>
    public static string Explain(GrainCall call)
    {
        var runtime = call.Runtime;
        var text = new StringBuilder(Brief(call));
        var target = runtime.Find(call.Reference.Id);
        if (target is null)
        {
            return text.Append(" The grain is not activated.").ToString();
        }

        text.Append($" The grain is {target.Describe()}.");
        var chain = FollowWaits(runtime, target);
        var cycle = chain.Count > 1 && chain.FindIndex(0, chain.Count - 1, a => ReferenceEquals(a, chain[^1])) >= 0;
        if (chain.Count > 1)
        {
            text.Append(cycle ? " DEADLOCK: " : " It waits for: ");
            text.AppendJoin(" -> ", chain.Select(static a => a.GrainId.ToString())).Append('.');
        }

        return text.ToString();
    }

    /// <summary>The first sentence of the message: who waited for what, and how long.</summary>
    public static string Brief(GrainCall call)
    {
        var timeout = call.Method.ResponseTimeout ?? call.Runtime.Messaging.ResponseTimeout;
        return $"No answer in {timeout:c} from {call.Description} ({(call.Source is null ? "called from outside grains" : $"called by {call.Source.GrainId}")}).";
    }

    private static List<Activation> FollowWaits(GrainRuntime runtime, Activation start)
    {
        var calls = runtime.PendingCalls();
        var chain = new List<Activation> { start };
        for (var hop = 0; hop < LongestChain; hop++)
        {
            var from = chain[^1];
            var waitsFor = calls.Find(c => ReferenceEquals(c.Source, from));
            var next = waitsFor is null ? null : runtime.Find(waitsFor.Reference.Id);
            if (next is null)
            {
                break;
            }

            var closed = chain.Contains(next);
            chain.Add(next);
            if (closed)
            {
                break;
            }
        }

        return chain;
    }
}
