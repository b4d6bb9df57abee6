using System.Diagnostics;
using System.Diagnostics.Metrics;
using Orleans;

namespace Etdb.Orleans.Embedded.Engine;

/// <summary>Meter and traces of the runtime, both named <c>Etdb.Orleans</c>. Labels come from closed sets: grain classes, methods, reasons.</summary>
internal sealed class RuntimeInstruments : IDisposable
{
    public const string Name = "Etdb.Orleans";

    private static readonly ActivitySource Traces = new(Name);

    private readonly Meter _meter = new(Name);
    private readonly Counter<long> _calls;
    private readonly Counter<long> _failures;
    private readonly Counter<long> _timeouts;
    private readonly Counter<long> _refusals;
    private readonly Counter<long> _activations;
    private readonly Counter<long> _activationFailures;
    private readonly Counter<long> _deactivations;
    private readonly Counter<long> _slowTurns;
    private readonly Histogram<double> _durations;

    public RuntimeInstruments(GrainRuntime runtime)
    {
        _calls = _meter.CreateCounter<long>("etdb.orleans.calls", "{call}", "Grain calls sent");
        _failures = _meter.CreateCounter<long>("etdb.orleans.call.failures", "{call}", "Grain calls that threw");
        _timeouts = _meter.CreateCounter<long>("etdb.orleans.call.timeouts", "{call}", "Grain calls that got no answer in time");
        _refusals = _meter.CreateCounter<long>("etdb.orleans.call.refusals", "{call}", "Grain calls refused because the mailbox was full");
        _durations = _meter.CreateHistogram<double>("etdb.orleans.call.duration", "s", "Time a grain call ran on its grain");
        _slowTurns = _meter.CreateCounter<long>("etdb.orleans.turns.slow", "{turn}", "Turns that held their thread for more than a second");
        _activations = _meter.CreateCounter<long>("etdb.orleans.activations.created", "{activation}", "Activations made");
        _activationFailures = _meter.CreateCounter<long>("etdb.orleans.activations.failed", "{activation}", "Activations that failed to start");
        _deactivations = _meter.CreateCounter<long>("etdb.orleans.activations.ended", "{activation}", "Activations ended");
        _meter.CreateObservableGauge("etdb.orleans.activations", () => runtime.ActivationCount, "{activation}", "Grains active now");
        _meter.CreateObservableGauge("etdb.orleans.calls.pending", () => runtime.PendingCallCount, "{call}", "Grain calls that wait for an answer");
    }

    public void Sent(CallMethod method)
    {
        if (_calls.Enabled)
        {
            _calls.Add(1, method.Tag);
        }
    }

    public void Failed(CallMethod method) => _failures.Add(1, method.Tag);

    public void TimedOut(CallMethod method) => _timeouts.Add(1, method.Tag);

    public void TurnWasSlow(GrainClass grainClass) => _slowTurns.Add(1, grainClass.Tag);

    public void Refused(GrainClass grainClass) => _refusals.Add(1, grainClass.Tag);

    public void Activated(GrainClass grainClass) => _activations.Add(1, grainClass.Tag);

    public void ActivationFailed(GrainClass grainClass) => _activationFailures.Add(1, grainClass.Tag);

    public void Deactivated(GrainClass grainClass, DeactivationReasonCode reason) =>
        _deactivations.Add(1, grainClass.Tag, new KeyValuePair<string, object?>("reason", reason.ToString()));

    public void Ran(CallMethod method, TimeSpan duration)
    {
        if (_durations.Enabled)
        {
            _durations.Record(duration.TotalSeconds, method.Tag);
        }
    }

    /// <summary>The span of a call on its grain; null when nobody listens.</summary>
    public Activity? StartCall(GrainCall call, ActivityContext parent)
    {
        if (!Traces.HasListeners())
        {
            return null;
        }

        var activity = Traces.StartActivity(call.Method.DisplayName, ActivityKind.Server, parent);
        activity?.SetTag("rpc.system", "orleans").SetTag("rpc.service", call.Method.InterfaceName).SetTag("rpc.method", call.Method.Name)
            .SetTag("rpc.orleans.target_id", call.Reference.Id.ToString()).SetTag("rpc.orleans.source_id", call.Source?.GrainId.ToString());
        return activity;
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
