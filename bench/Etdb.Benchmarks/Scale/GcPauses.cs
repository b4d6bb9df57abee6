using System.Collections.Immutable;
using System.Diagnostics.Tracing;
using System.Globalization;

namespace Etdb.Benchmarks.Scale;

/// <summary>
/// How long this process stood still for its garbage collector, by what was collected and why, and what the time went into. A question that is under way in a pause takes that much
/// longer: at a few hundred questions and one collection a second, pauses are what the 99th of a hundred is made of.
/// </summary>
internal sealed class GcPauses : EventListener
{
    private const EventKeywords Gc = (EventKeywords)1;

    /// <summary>What marking may start from, by the number of the runtime's event GCMarkWithType.</summary>
    private static readonly ImmutableArray<string> Roots = ["stacks", "finalizers", "handles", "older", "sized", "overflow", "dependent", "finalizers", "steal", "background"];

    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, Pauses> _pauses = new(StringComparer.Ordinal);
    private Pause _now = new(DateTime.MinValue);

    /// <summary>
    /// By generation, reason and kind, since the last call: how many, milliseconds in all and of the longest; then the means of one: waiting for the threads to stop, marking from each kind
    /// of root (KB found there), the rest (moving, sweeping), KB that survived, MB that may be allocated until the next.
    /// </summary>
    public IReadOnlyDictionary<string, object> Take()
    {
        lock (_gate)
        {
            var taken = _pauses.ToDictionary(p => p.Key, p => p.Value.Figure(), StringComparer.Ordinal);
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
        var (version, at) = (name.IndexOf('_', StringComparison.Ordinal), eventData.TimeStamp);
        lock (_gate)
        {
            switch (version < 0 ? name : name[..version])
            {
                case "GCSuspendEEBegin":
                    _now = new Pause(at);
                    break;
                case "GCSuspendEEEnd":
                    _now.Step("stopping", at, 0);
                    break;
                case "GCStart":
                    _now.What = $"gen{Value(eventData, "Depth")} reason {Value(eventData, "Reason")} kind {Value(eventData, "Type")}";
                    break;
                case "GCMarkWithType":
                    _now.Step("from " + Roots[(int)Math.Min(Value(eventData, "Type"), Roots.Length - 1)], at, Value(eventData, "Promoted"));
                    break;
                case "GCGlobalHeapHistory":
                    _now.Budget = Value(eventData, "FinalYoungestDesired");
                    break;
                case "GCHeapStats":
                    _now.Survived = Enumerable.Range(0, 5).Sum(g => Value(eventData, string.Create(CultureInfo.InvariantCulture, $"TotalPromotedSize{g}")));
                    break;
                case "GCRestartEEEnd":
                    _now.Step("rest", at, 0);
                    End(at);
                    break;
                default:
                    break;
            }
        }
    }

    private void End(DateTime at)
    {
        if (!_pauses.TryGetValue(_now.What, out var alike))
        {
            _pauses.Add(_now.What, alike = new Pauses());
        }

        alike.Add(_now, (at - _now.Began).TotalMilliseconds);
    }

    private static long Value(EventWrittenEventArgs e, string field) =>
        e.PayloadNames?.IndexOf(field) is >= 0 and var at ? Convert.ToInt64(e.Payload![at], CultureInfo.InvariantCulture) : 0;

    /// <summary>One that is under way: where its time went so far.</summary>
    private sealed class Pause(DateTime began)
    {
        private DateTime _last = began;

        public DateTime Began { get; } = began;

        public string What { get; set; } = "another part of one";

        public long Survived { get; set; }

        public long Budget { get; set; }

        public Dictionary<string, (double Milliseconds, long Bytes)> Steps { get; } = new(StringComparer.Ordinal);

        public void Step(string name, DateTime at, long bytes)
        {
            var known = Steps.GetValueOrDefault(name);
            Steps[name] = (known.Milliseconds + (at - _last).TotalMilliseconds, known.Bytes + bytes);
            _last = at;
        }
    }

    /// <summary>All of one kind.</summary>
    private sealed class Pauses
    {
        private readonly SortedDictionary<string, (double Milliseconds, long Bytes)> _steps = new(StringComparer.Ordinal);
        private int _count;
        private double _total;
        private double _worst;
        private long _survived;
        private long _budget;

        public void Add(Pause pause, double milliseconds)
        {
            (_count, _total, _worst, _survived, _budget) = (_count + 1, _total + milliseconds, Math.Max(_worst, milliseconds), _survived + pause.Survived, pause.Budget);
            foreach (var (name, step) in pause.Steps)
            {
                var known = _steps.GetValueOrDefault(name);
                _steps[name] = (known.Milliseconds + step.Milliseconds, known.Bytes + step.Bytes);
            }
        }

        public object Figure() => new
        {
            count = _count,
            totalMs = Math.Round(_total),
            worstMs = Math.Round(_worst, 1),
            means = _steps.ToDictionary(s => s.Key, s => s.Value.Bytes == 0 ? $"{s.Value.Milliseconds / _count:F1} ms" : $"{s.Value.Milliseconds / _count:F1} ms ({s.Value.Bytes / _count / 1024:N0} KB)"),
            survivedKiB = _survived / _count / 1024,
            budgetMiB = _budget / 1048576.0,
        };
    }
}
