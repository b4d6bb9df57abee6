using Etdb.Domain.Replication;
using Etdb.Grains.Datasets;
using Etdb.Grains.Ports;
using Etdb.Storage.Catalogue;
using Microsoft.Extensions.Logging;

namespace Etdb.Grains.Nodes;

/// <summary>Work on the node: bounded, outside the turns, at most one at a time for a dataset.</summary>
public sealed partial class NodeGrain
{
    /// <summary>Ends of work kept for datasets that did not hear of them.</summary>
    private const int DoneKept = 1024;

    private readonly Dictionary<string, Running> _running = new(StringComparer.Ordinal);
    private readonly Queue<Running> _waitingAudits = new();
    private readonly Dictionary<string, JobReport> _done = new(StringComparer.Ordinal);
    private readonly Queue<string> _doneOrder = new();
    private IGrainTimer? _renewal;
    private int _activeAudits;

    /// <inheritdoc/>
    public Task<ReserveAnswer> Reserve(SlotRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var state = _state.Value;
        if (state.Registration is null || state.RetiredAt is not null || state.Status != NodeStatus.Up)
        {
            return Task.FromResult(ReserveAnswer.Unavailable);
        }

        var limit = (long)(state.CapacityBytes * _options.FullRatio);
        long? room = state.CapacityBytes > 0 ? Math.Max(0, limit - state.UsedBytes) : null;
        return Task.FromResult(_slots.Take(request, room, _reporter.Now));
    }

    /// <inheritdoc/>
    public Task Release(string op)
    {
        _slots.Release(op);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<bool> TakeChallenge() => Task.FromResult(_challenges.TryTake(_reporter.Now));

    /// <inheritdoc/>
    public Task<StartAnswer> Start(NodeJob job)
    {
        ArgumentNullException.ThrowIfNull(job);
        if (_state.Value.Registration is null || _state.Value.RetiredAt is not null || _state.Value.Status != NodeStatus.Up)
        {
            return Task.FromResult(StartAnswer.Unavailable);
        }

        // Two datasets may name one root: a pin that is found there while it is being let go would be believed and gone.
        if (_running.Values.Any(r => r.Job.Dataset == job.Dataset || (r.Job.Root == job.Root && (r.Job.Kind == JobKind.Unpin || job.Kind == JobKind.Unpin))))
        {
            return Task.FromResult(StartAnswer.AlreadyRunning);
        }

        if (_running.Count >= _options.NodeQueueLimit)
        {
            return Task.FromResult(StartAnswer.QueueFull);
        }

        var run = new Running(job, CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token));
        _running.Add(job.Op, run);
        _trialCopies += job.Kind == JobKind.Replicate ? 1 : 0;
        _renewal ??= this.RegisterGrainTimer(RenewAsync, new GrainTimerCreationOptions(_options.JobLease / 3, _options.JobLease / 3) { Interleave = true, KeepAlive = true });
        if (job.Kind == JobKind.Verify && _activeAudits >= _options.AuditSlots)
        {
            _waitingAudits.Enqueue(run);
        }
        else
        {
            Launch(run);
        }

        return Task.FromResult(StartAnswer.Started);
    }

    /// <inheritdoc/>
    public Task<JobStatus> Status(string op)
    {
        if (_running.TryGetValue(op, out var run))
        {
            return Task.FromResult(new JobStatus(true, run.Progress, null));
        }

        return Task.FromResult(_done.TryGetValue(op, out var report) ? new JobStatus(true, null, report) : new JobStatus(false, null, null));
    }

    /// <inheritdoc/>
    public async Task Cancel(string op)
    {
        if (_running.TryGetValue(op, out var run))
        {
            await run.Stop.CancelAsync();
        }
    }

    /// <summary>A task on the grain's own scheduler: it interleaves with turns at its awaits, like them it never runs beside one.</summary>
    private void Launch(Running run)
    {
        _activeAudits += run.Job.Kind == JobKind.Verify ? 1 : 0;
        _ = RunAsync(run);
    }

    private async Task RunAsync(Running run)
    {
        JobReport? report = null;
        try
        {
            report = await ExecuteAsync(run);
        }
        catch (OperationCanceledException)
        {
            report = Blank(run, "cancelled");
        }
        catch (Exception) when (_reporter.Stopping)
        {
            report = Blank(run, "the silo ends");
        }
        catch (Exception e)
        {
            LogJobFailed(e, run.Job.Kind, Id.Value, run.Job.Dataset.Value);
            report = Blank(run, e.Message);
        }
        finally
        {
            End(run, report);
        }

        if (_stopping.IsCancellationRequested)
        {
            return;
        }

        try
        {
            await NoteTrialAsync(report);
            await GrainFactory.GetGrain<IDatasetGrain>(run.Job.Dataset.Value).JobDone(report);
        }
        catch (Exception) when (_reporter.Stopping)
        {
            // The dataset asks when its lease is over.
        }
        catch (Exception e)
        {
            // The dataset asks when its lease is over; the report is kept for it.
            LogReportFailed(e, Id.Value, run.Job.Dataset.Value);
        }
    }

    private void End(Running run, JobReport? report)
    {
        _running.Remove(run.Job.Op);
        _slots.Release(run.Job.Op);
        run.Stop.Dispose();
        if (report is not null && _done.TryAdd(run.Job.Op, report))
        {
            _doneOrder.Enqueue(run.Job.Op);
            if (_doneOrder.Count > DoneKept)
            {
                _done.Remove(_doneOrder.Dequeue());
            }
        }

        if (run.Job.Kind == JobKind.Verify)
        {
            _activeAudits--;
            if (_waitingAudits.TryDequeue(out var next))
            {
                Launch(next);
            }
        }

        if (_running.Count == 0)
        {
            _renewal?.Dispose();
            _renewal = null;
        }
    }

    private Task<JobReport> ExecuteAsync(Running run) => run.Job.Kind switch
    {
        JobKind.Replicate => ReplicateAsync(run),
        JobKind.Heal => HealAsync(run),
        JobKind.Verify => VerifyAsync(run, Blank(run, null)),
        _ => UnpinAsync(run),
    };

    private async Task<JobReport> ReplicateAsync(Running run)
    {
        var job = run.Job;
        await ShowWorkAsync(run, "moving");
        var pin = await Archive.PinAsync(new PinRequest(job.Root, job.Sources, job.BytesExpected), new Progress(run), run.Stop.Token);
        var report = Blank(run, null) with { Pin = pin, MovedAt = _reporter.Now };
        if (pin.Outcome != NodeOutcome.Done)
        {
            return report;
        }

        await Shelf(job).Held(new DatasetRef(job.Dataset, job.Root));
        await ShowWorkAsync(run, "verifying");
        return await VerifyAsync(run, report);
    }

    private async Task<JobReport> HealAsync(Running run)
    {
        var job = run.Job;
        await ShowWorkAsync(run, "moving");
        var heal = await Archive.HealAsync(new HealRequest(job.Root, job.Blocks, job.Sources), run.Stop.Token);
        var report = Blank(run, null) with { Heal = heal, MovedAt = _reporter.Now };
        if (heal.Outcome != NodeOutcome.Done)
        {
            return report;
        }

        await ShowWorkAsync(run, "verifying");
        return await VerifyAsync(run, report);
    }

    private async Task<JobReport> VerifyAsync(Running run, JobReport report)
    {
        var from = _reporter.Now;
        var check = await Archive.VerifyAsync(new VerifyRequest(run.Job.Root, run.Job.SampleLeaves, run.Job.Seed), run.Stop.Token);
        await JudgeAsync(new DatasetRef(run.Job.Dataset, run.Job.Root), check, from);
        var incident = check.Verdict is ReplicaVerdict.Corrupt or ReplicaVerdict.Missing && report.Pin is null ? await NoteDamageAsync(new DatasetRef(run.Job.Dataset, run.Job.Root), check) : null;
        return report with { Check = check, CheckedFrom = from, FinishedAt = _reporter.Now, Incident = incident };
    }

    /// <summary>Blocks that an audit found bad or gone belong to an incident of the node; a loss already known explains what is missing.</summary>
    private async Task<string?> NoteDamageAsync(DatasetRef dataset, ReplicaCheck check)
    {
        var touched = new[] { dataset };
        var kind = check.Verdict == ReplicaVerdict.Missing && (Open("disk-loss") ?? Open("pins-removed")) is { } known ? known.Kind
            : check.Verdict == ReplicaVerdict.Missing ? "disk-loss" : "corruption";
        return await OpenForAsync(kind, _reporter.Now, touched, "", check);
    }

    private async Task<JobReport> UnpinAsync(Running run)
    {
        var reference = new DatasetRef(run.Job.Dataset, run.Job.Root);
        var shelf = Shelf(run.Job);
        var outcome = await shelf.OthersRefer(reference) ? NodeOutcome.Done : await Archive.UnpinAsync(run.Job.Root, run.Stop.Token);
        if (outcome == NodeOutcome.Done)
        {
            await shelf.Forget(reference);
        }

        return Blank(run, null) with { Unpin = outcome, FinishedAt = _reporter.Now };
    }

    private IShelfGrain Shelf(NodeJob job) => GrainFactory.GetGrain<IShelfGrain>(Shelves.KeyFor(Id, job.Root, _options.ShelvesPerNode));

    private JobReport Blank(Running run, string? failure) =>
        new(run.Job.Op, Id, run.Job.Kind, run.StartedAt ?? _reporter.Now, null, null, _reporter.Now, null, null, null, null, null, failure);

    private ValueTask ShowWorkAsync(Running run, string phase)
    {
        run.StartedAt ??= _reporter.Now;
        run.Step++;
        var job = run.Job;
        var progress = run.Progress;
        return _reporter.ShowAsync(new RepairChanged(new RepairRow(
            job.Dataset.Value, Id.Value, Words.Of(job.Kind), RepairVersions.Of(job.Row, run.Step), phase, [.. job.Sources.Select(s => s.Node.Value)], job.Level, job.Risk,
            progress?.Blocks ?? 0, progress?.Bytes ?? 0, job.BytesExpected, job.Since, job.Attempts, null, null)));
    }

    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        foreach (var run in _running.Values.ToList())
        {
            if (!_slots.Renew(run.Job.Op, _reporter.Now))
            {
                continue;
            }

            foreach (var source in run.Job.Sources)
            {
                await GrainFactory.GetGrain<INodeGrain>(source.Node.Value).Reserve(new SlotRequest(run.Job.Op, SlotDirection.Out, 0, true, true));
            }

            await ShowWorkAsync(run, "moving");
        }
    }

    [LoggerMessage(EventId = 3003, Level = LogLevel.Error, Message = "{Kind} on node {Node} for dataset {Dataset} ended with an error")]
    private partial void LogJobFailed(Exception e, JobKind kind, string node, string dataset);

    [LoggerMessage(EventId = 3004, Level = LogLevel.Warning, Message = "The end of work on node {Node} could not be told to dataset {Dataset}; it will ask")]
    private partial void LogReportFailed(Exception e, string node, string dataset);

    private sealed class Running(NodeJob job, CancellationTokenSource stop)
    {
        public NodeJob Job { get; } = job;

        public CancellationTokenSource Stop { get; } = stop;

        /// <summary>Written by the transfer on whichever thread it runs, read by turns: one reference, swapped whole.</summary>
        public PinProgress? Progress => _latest is { } latest ? latest.Value : null;

        public DateTimeOffset? StartedAt { get; set; }

        public int Step { get; set; }

        private volatile Box? _latest;

        public void Set(PinProgress value) => _latest = new Box(value);

        private sealed record Box(PinProgress Value);
    }

    private sealed class Progress(Running run) : IProgress<PinProgress>
    {
        public void Report(PinProgress value) => run.Set(value);
    }
}
