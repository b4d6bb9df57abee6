using System.Text.Json;
using Etdb.Domain.Content;
using Etdb.Domain.Reconciliation;
using Etdb.Domain.Replication;
using Etdb.Grains.Ports;
using Etdb.Grains.State;
using Etdb.Storage.Catalogue;
using Microsoft.Extensions.Logging;

namespace Etdb.Grains.Nodes;

/// <summary>Probing, listing and telling the shelves: one loop, one round at a time, every step safe to repeat.</summary>
public sealed partial class NodeGrain
{
    private IGrainTimer? _probeTimer;
    private bool _looking;
    private DateTimeOffset? _scannedAt;
    private bool _scanWanted;
    private bool _scanning;

    /// <inheritdoc/>
    public async Task Look()
    {
        _scanWanted = true;
        await RoundAsync(_stopping.Token);
    }

    private void StartProbing()
    {
        // Nodes are spread over the interval by their names, so that a cluster does not probe in step.
        var first = _state.Value.LastAnswerAt is null ? TimeSpan.Zero : _options.ProbeInterval * Spread.Fraction(Id.Value);
        _probeTimer ??= this.RegisterGrainTimer(RoundAsync, new GrainTimerCreationOptions(first, _options.ProbeInterval) { Interleave = true, KeepAlive = true });
    }

    private async Task RoundAsync(CancellationToken cancellationToken)
    {
        if (_looking || _reporter.Stopping || _state.Value.Registration is null || _state.Value.RetiredAt is not null)
        {
            return;
        }

        _looking = true;
        try
        {
            await ProbeAsync(cancellationToken);
            if (_state.Value.RetiredAt is not null)
            {
                return; // It was taken out while it was asked.
            }

            if (!_standingSeen)
            {
                await SeeStandingAsync();
            }

            await GoOnTellingAsync();
            if (_state.Value.Status != NodeStatus.Up)
            {
                await WakeShelvesAsync();
            }

            if (_state.Value.Status == NodeStatus.Up && ScanDue() && !_scanning)
            {
                await BeginScanAsync(cancellationToken);
            }

            if (_state.Value.Status == NodeStatus.Up)
            {
                await CanaryAsync(cancellationToken);
            }

            if (_state.Value.Status == NodeStatus.Up)
            {
                await RebalanceAsync();
            }

            await RemindAsync();
            await ReportTrialAsync();
        }
        catch (Exception) when (_reporter.Stopping)
        {
            // The silo ends: the next activation looks again.
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            LogRoundFailed(e, Id.Value);
        }
        finally
        {
            _looking = false;
        }
    }

    /// <summary>Scans now when the process has room for it; else when it has, beside the rounds: a node must be probed while it waits.</summary>
    private Task BeginScanAsync(CancellationToken cancellationToken)
    {
        _scanning = true;
        if (_gate.TryEnter())
        {
            return ScanInGateAsync(cancellationToken);
        }

        _ = ScanWhenFreeAsync();
        return Task.CompletedTask;
    }

    private async Task ScanWhenFreeAsync()
    {
        await _gate.EnterAsync();
        try
        {
            await ScanInGateAsync(_stopping.Token);
        }
        catch (Exception) when (_reporter.Stopping)
        {
            // The silo ends: the next activation looks again.
        }
        catch (Exception e)
        {
            LogRoundFailed(e, Id.Value);
        }
    }

    private async Task ScanInGateAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (!cancellationToken.IsCancellationRequested)
            {
                await ScanAsync(cancellationToken);
            }
        }
        finally
        {
            _scanning = false;
            _gate.Leave();
        }
    }

    private bool ScanDue() => _scanWanted || _scannedAt is not { } last || _reporter.Now - last >= _options.ScanInterval;

    private async Task ProbeAsync(CancellationToken cancellationToken)
    {
        var probe = await AskAsync(cancellationToken);
        if (_state.Value.RetiredAt is not null)
        {
            return;
        }

        var now = _reporter.Now;
        var lastGood = _silentFrom;
        var findings = NodeObserver.Apply(_state.Value, probe, _silentFrom, now, _ladder);
        _lastProbeAt = now;
        if (probe.Reachable)
        {
            _silentFrom = now;
        }

        _usedNow = probe.Reachable ? probe.UsedBytes : _usedNow;
        if (findings.Worth)
        {
            await ApplyAsync(findings, lastGood, now);
        }
        else if (now - _shownAt >= ShownEvery)
        {
            await ShowAsync();
        }

        await TellRegistryAsync(always: false);
    }

    private async Task<NodeProbe> AskAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(_options.ProbeTimeout, _reporter.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken, _stopping.Token);
        try
        {
            return await Archive.ProbeAsync(either.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return new NodeProbe(false, null, null, 0, 0, $"No answer within {_options.ProbeTimeout.TotalSeconds:0.#} s.");
        }
    }

    private async Task ApplyAsync(NodeFindings findings, DateTimeOffset lastGood, DateTimeOffset now)
    {
        var before = _state.Value.Status;
        _state.Value = findings.State;
        if (findings.Replaced)
        {
            _scanWanted = true;
            Change(s => s with { Losses = s.Losses + 1, ReplacedAt = now, ReplacedIncident = null, ShelvesTold = false });
        }

        if (findings.State.Status == NodeStatus.PresumedLost && before != NodeStatus.PresumedLost)
        {
            Change(s => s with { Losses = s.Losses + 1 });
        }

        if (findings.WentAway || findings.Returned)
        {
            Change(s => s with { ShelvesTold = false });
        }

        _scanWanted |= findings.Returned;
        if (findings.State.Status != before)
        {
            await _reporter.ProveAsync("state", null, Id.Value, Words.Of(View()), new { lastAnswer = lastGood, problem = findings.State.Problem });
            await ObserveAsync("probe", Words.Of(View()), now, new { lastAnswer = lastGood, problem = findings.State.Problem });
        }

        await _state.SaveAsync();
        await ShowAsync();
        _lastGood = lastGood;
    }

    /// <summary>Level-triggered: as long as the shelves have not all been told of what the state says, they are told with every round.</summary>
    private async Task GoOnTellingAsync()
    {
        var state = _state.Value;
        if (state.ShelvesTold)
        {
            return;
        }

        if (state.ReplacedAt is { } replacedAt && state.Status == NodeStatus.Up)
        {
            var incident = state.ReplacedIncident ?? await OpenForAllAsync("disk-loss", replacedAt, "The repository behind the node is a new one: everything on it has to be brought again.");
            if (_state.Value.ReplacedIncident != incident)
            {
                Change(s => s with { ReplacedIncident = incident });
                await _state.SaveAsync();
            }

            await TellShelvesAsync(new ShelfNews(ObservationKind.RepositoryReplaced, replacedAt, incident));
        }
        else if (NodeObserver.IsAway(state.Status))
        {
            var incident = Open("outage")?.Id ?? await OpenForAllAsync("outage", _reporter.Now, "The node does not answer: its replicas do not count until it does.");
            await TellShelvesAsync(new ShelfNews(ObservationKind.NoAnswer, _reporter.Now, incident));
        }
        else
        {
            await TellShelvesAsync(new ShelfNews(ObservationKind.Answered, _reporter.Now, null));
        }

        if (_state.Value.Status == state.Status && _state.Value.ReplacedAt == state.ReplacedAt)
        {
            Change(s => s with { ShelvesTold = true, ReplacedAt = s.Status == NodeStatus.Up ? null : s.ReplacedAt });
            await _state.SaveAsync();
        }
    }

    private async Task TellShelvesAsync(ShelfNews news)
    {
        for (var i = 0; i < _options.ShelvesPerNode; i++)
        {
            await Shelf(i).Tell(news);
        }
    }

    /// <summary>A node that answers wakes its shelves with every listing. One that is silent has none, and a shelf that a crash or a failed write kept from
    /// delivering its news would sleep on, its datasets counting copies that nobody can read.</summary>
    private async Task WakeShelvesAsync()
    {
        for (var i = 0; i < _options.ShelvesPerNode; i++)
        {
            await Shelf(i).Wake();
        }
    }

    private IShelfGrain Shelf(int number) => GrainFactory.GetGrain<IShelfGrain>(Shelves.Key(Id, number));

    private async Task ScanAsync(CancellationToken cancellationToken)
    {
        var startedAt = _reporter.Now;
        if (await ListAsync(cancellationToken) is not { } parts)
        {
            return;
        }

        _scanWanted = false;
        _scannedAt = startedAt;
        var scan = $"{Id.Value}@{startedAt.UtcTicks}";
        var missing = new List<DatasetRef>();
        int rows = 0, orphans = 0;
        for (var i = 0; i < parts.Length; i++)
        {
            await Shelf(i).Wake();
            var difference = await Shelf(i).Compare(new ShelfListing(scan, startedAt, parts[i]));
            missing.AddRange(difference.Missing);
            rows += difference.Rows;
            orphans += difference.Orphans;
        }

        _orphans = orphans;
        _replicas = rows;
        _newlyMissing += missing.Count;
        var incident = missing.Count == 0 ? null : await IncidentOfMissingAsync(missing, rows, startedAt);
        var told = 0;
        for (var i = 0; i < parts.Length; i++)
        {
            told += await Shelf(i).Conclude(scan, incident);
        }

        _lastGood = startedAt;
        ScanInstruments.Note(parts.Sum(p => p.Count), told, _reporter.Now - startedAt);
        await ObserveAsync("scan", missing.Count == 0 ? "complete" : "missing", startedAt, new { rows, missing = missing.Count, orphans });
    }

    /// <summary>Takes down for people what was seen; nothing is decided by it.</summary>
    private ValueTask ObserveAsync(string kind, string outcome, DateTimeOffset at, object detail) =>
        _reporter.ShowAsync(new ObservationAdded(new ObservationRow(Id.Value, at, kind, "", outcome, JsonSerializer.Serialize(detail))));

    /// <summary>What an open loss of the disk explains is no incident of its own.</summary>
    private async Task<string> IncidentOfMissingAsync(List<DatasetRef> missing, int rows, DateTimeOffset startedAt)
    {
        var loss = Open("disk-loss");
        if (loss is not null && await AllNamedAsync(loss.Id, missing))
        {
            return loss.Id;
        }

        var mass = ScanJudge.Judge(new ScanFacts(rows, missing.Count, RepositoryReplaced: false, SentinelThere: null), _options.MassLossShare) != ScanVerdict.Normal;
        if (mass && Open("pins-removed") is null)
        {
            // As good as a lost disk for those who reckon with this node: one event, however many pins.
            Change(s => s with { Losses = s.Losses + 1 });
        }

        return await OpenForAsync("pins-removed", startedAt, missing, mass
            ? $"{missing.Count} of {rows} pins were removed at once: ask the operator whether that was on purpose; to leave, drain the node instead."
            : $"{missing.Count} of {rows} pins are gone from the node's index.");
    }

    /// <summary>The listing, sorted onto the shelves; null when it could not be finished, which proves nothing.</summary>
    private async Task<List<string>[]?> ListAsync(CancellationToken cancellationToken)
    {
        var parts = new List<string>[_options.ShelvesPerNode];
        for (var i = 0; i < parts.Length; i++)
        {
            parts[i] = [];
        }

        using var limit = new CancellationTokenSource(_options.ScanTimeout, _reporter.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken, _stopping.Token);
        try
        {
            await foreach (var root in Archive.ListPinsAsync(either.Token))
            {
                parts[Spread.Bucket(root.Value, parts.Length)].Add(root.Value);
            }

            return parts;
        }
        catch (NodeUnavailableException e)
        {
            LogListingFailed(Id.Value, e.Message);
            return null;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            LogListingFailed(Id.Value, $"not finished within {_options.ScanTimeout}");
            return null;
        }
    }

    [LoggerMessage(EventId = 3001, Level = LogLevel.Error, Message = "The round of node {Node} failed; the next one repeats it")]
    private partial void LogRoundFailed(Exception e, string node);

    [LoggerMessage(EventId = 3002, Level = LogLevel.Warning, Message = "The pins of node {Node} could not be listed ({Problem}); nothing is concluded")]
    private partial void LogListingFailed(string node, string problem);
}
