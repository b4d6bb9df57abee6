using System.Diagnostics.Tracing;

namespace Etdb.Benchmarks.Scale;

/// <summary>
/// How long this process stood still for its garbage collector, by what was collected and why. A question that is under way in a pause takes that much longer: at a few hundred
/// questions and one collection a second, pauses are what the 99th of a hundred is made of.
/// </summary>
internal sealed class GcPauses : EventListener
{
    private const EventKeywords Gc = (EventKeywords)1;
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, (int Count, double Total, double Worst)> _pauses = new(StringComparer.Ordinal);
    private DateTime _suspended;
    private string _what = "?";

    /// <summary>Milliseconds by generation, reason and kind, since the last call.</summary>
    public IReadOnlyDictionary<string, object> Take()
    {
        lock (_gate)
        {
            var taken = _pauses.ToDictionary(p => p.Key, p => (object)new { count = p.Value.Count, totalMs = Math.Round(p.Value.Total), worstMs = Math.Round(p.Value.Worst, 1) }, StringComparer.Ordinal);
            _pauses.Clear();
            return taken;
        }
    }

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == "Microsoft-Windows-DotNETRuntime")
        {
            EnableEvents(eventSource, EventLevel.Informational, Gc);
        }
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        var name = eventData.EventName ?? "";
        lock (_gate)
        {
            if (name.StartsWith("GCSuspendEEBegin", StringComparison.Ordinal))
            {
                (_suspended, _what) = (eventData.TimeStamp, "another part of one");
            }
            else if (name.StartsWith("GCStart", StringComparison.Ordinal) && eventData.Payload is { Count: > 3 } values)
            {
                _what = $"gen{values[1]} reason {values[2]} kind {values[3]}";
            }
            else if (name.StartsWith("GCRestartEEEnd", StringComparison.Ordinal))
            {
                var pause = (eventData.TimeStamp - _suspended).TotalMilliseconds;
                var known = _pauses.GetValueOrDefault(_what);
                _pauses[_what] = (known.Count + 1, known.Total + pause, Math.Max(known.Worst, pause));
            }
        }
    }
}
