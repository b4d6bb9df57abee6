using System.Text;

namespace Etdb.Orleans.Embedded.Engine;

/// <summary>Says why a call got no answer: what its grain is doing, for whom that waits in turn, and whether the chain comes back to where it began.</summary>
internal static class CallDiagnostics
{
    /// <summary>Why a call got no answer.</summary>
    /// <param name="Text">The message of the time-out.</param>
    /// <param name="Deadlock">The waits come back to where they began: no answer would have come ever.</param>
    public readonly record struct Explanation(string Text, bool Deadlock);

    /// <summary>The message of the time-out.</summary>
    public static Explanation Explain(GrainCall call)
    {
        var text = new StringBuilder(Brief(call));
        if (TargetOf(call) is not { } target)
        {
            return new(text.Append(call.Runtime.IsKnown(call.Reference.Id) ? " All workers of the grain are busy." : " The grain is not activated.").ToString(), Deadlock: false);
        }

        text.Append($" The grain is {target.Describe()}.");
        var waits = new WaitChain(call.Runtime.PendingCalls());
        if (waits.FindCycle(target) is { } cycle)
        {
            // A grain that runs several requests at a time does not tell which of them waits: then the chain may only look closed.
            text.Append(cycle.Exists(static a => a.RunningCount > 1) ? " Perhaps a DEADLOCK: " : " DEADLOCK: ");
            Name(text, cycle);
            foreach (var member in cycle.Distinct().Where(a => !ReferenceEquals(a, target)))
            {
                text.Append($" {member.GrainId} is {member.Describe()}.");
            }

            return new(text.ToString(), Deadlock: true);
        }

        var chain = waits.Follow(target);
        if (chain.Count > 1)
        {
            Name(text.Append(" It waits for: "), chain);
        }

        return new(text.ToString(), Deadlock: false);
    }

    /// <summary>The first sentence of the message: who waited for what, and how long.</summary>
    public static string Brief(GrainCall call)
    {
        var timeout = call.Method.ResponseTimeout ?? call.Runtime.Messaging.ResponseTimeout;
        return $"No answer in {timeout:c} from {call.Description} ({(call.Source is null ? "called from outside grains" : $"called by {call.Source.GrainId}")}).";
    }

    /// <summary>Where a call runs or waits; null when that is no single activation.</summary>
    public static Activation? TargetOf(GrainCall call) => call.Target ?? call.Runtime.Find(call.Reference.Id);

    private static void Name(StringBuilder text, List<Activation> chain) => text.AppendJoin(" -> ", chain.Select(static a => a.GrainId.ToString())).Append('.');
}
