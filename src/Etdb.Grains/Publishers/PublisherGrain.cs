using System.Collections.Immutable;
using Etdb.Domain.Common;
using Etdb.Domain.Repair;
using Etdb.Grains.Ports;
using Etdb.Grains.State;
using Etdb.Storage.Catalogue;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Etdb.Grains.Publishers;

/// <summary>
/// See <see cref="IPublisherGrain"/>. Publications of a lab spend each other's change, so they go one after the other and in order; one
/// that the node refuses for good fails, and those behind it are tried all the same. Every step is written down after it is known and
/// repeated when it is not: broadcasting what is already in the mempool or a block is harmless.
/// </summary>
[HashBasedPlacement] // One for each lab, seldom at work: spread.
public sealed partial class PublisherGrain : Grain, IPublisherGrain, IRemindable
{
    /// <summary>Publications of one lab on their way at once.</summary>
    public const int PendingMaximum = 1000;

    /// <summary>Transactions of one publication.</summary>
    public const int TransactionsMaximum = 10_000;

    /// <summary>Characters of hex of one publication.</summary>
    public const long HexMaximum = 64L << 20;

    /// <summary>Finished publications kept for readers.</summary>
    private const int DoneKept = 200;

    private readonly StateWriter<PublisherState> _state;
    private readonly ILedgerBroadcaster _broadcaster;
    private readonly Reporter _reporter;
    private readonly ReplicationOptions _options;
    private readonly RetryPolicy _retry;
    private readonly ILogger<PublisherGrain> _log;
    private readonly PagedTable _datasets;
    private IGrainTimer? _timer;

    public PublisherGrain(
        [PersistentState("publisher", StorageNames.Grains)] IPersistentState<PublisherState> state,
        ILedgerBroadcaster broadcaster,
        PageStore pages,
        Reporter reporter,
        IOptions<ReplicationOptions> options,
        ILogger<PublisherGrain> log)
    {
        ArgumentNullException.ThrowIfNull(options);
        _state = new StateWriter<PublisherState>(state, DeactivateOnIdle);
        _datasets = new PagedTable(pages, this.GetGrainId(), "datasets", DeactivateOnIdle, PagedTable.FewRowsMaximum);
        _broadcaster = broadcaster;
        _reporter = reporter;
        _options = options.Value;
        _retry = new RetryPolicy { First = options.Value.PublishInterval, Longest = TimeSpan.FromHours(1) < options.Value.PublishInterval ? options.Value.PublishInterval : TimeSpan.FromHours(1) };
        _log = log;
    }

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await _datasets.OpenAsync();
        await _datasets.CountAsync();
        if (!_state.Value.Datasets.IsEmpty)
        {
            await _datasets.SetAllAsync([.. _state.Value.Datasets.Select(d => KeyValuePair.Create(d, (string?)""))]);
            Change(s => s with { Datasets = s.Datasets.Clear() });
            await SaveAsync();
        }

        StartTimer();
        StartTelling();
    }

    /// <inheritdoc/>
    public async Task<PublishAnswer> Publish(Publication publication)
    {
        ArgumentNullException.ThrowIfNull(publication);
        var transactions = publication.Transactions;
        if (transactions.Count is 0 or > TransactionsMaximum || transactions.Sum(t => (long)t.Hex.Length) > HexMaximum
            || publication.Parts < 1 || publication.Parts > transactions.Count)
        {
            return PublishAnswer.Refused;
        }

        var state = _state.Value;
        if (state.Publications.FirstOrDefault(p => p.RecordTxid == publication.RecordTxid) is { } known)
        {
            var extended = Extend(known, publication);
            if (extended is not null)
            {
                Put(extended);
            }

            await SaveAsync();
            StartTimer();
            return extended is null ? PublishAnswer.AlreadyKnown : PublishAnswer.Accepted;
        }

        if (state.Publications.Count(p => !p.IsDone) >= PendingMaximum)
        {
            return PublishAnswer.QueueFull;
        }

        await this.RegisterOrUpdateReminder(StorageNames.WakeReminder, _options.WakeInterval, _options.WakeInterval);
        Change(s => s with { Publications = TakeOver(s.Publications, publication, _reporter.Now) });
        await SaveAsync();
        StartTimer();
        return PublishAnswer.Accepted;
    }

    /// <inheritdoc/>
    public Task<PublicationStatus?> Status(string recordTxid) =>
        Task.FromResult(_state.Value.Publications.FirstOrDefault(p => p.RecordTxid == recordTxid)?.ToStatus());

    /// <inheritdoc/>
    public Task<PublisherView> Get() =>
        Task.FromResult(new PublisherView(this.GetPrimaryKeyString(), _state.Value.Alias, _datasets.Rows, [.. _state.Value.Publications.Select(p => p.ToStatus())]));

    /// <inheritdoc/>
    public async Task ApplyAll(IReadOnlyList<LedgerEvent> changes)
    {
        ArgumentNullException.ThrowIfNull(changes);
        var news = changes.Where(c => c.Sequence > _state.Value.LedgerSequence).OrderBy(c => c.Sequence).ToList();
        if (news.Count == 0)
        {
            return;
        }

        var alias = _state.Value.Alias;
        var named = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var change in news)
        {
            if (change.Kind == LedgerEventKind.Publisher)
            {
                alias = change.Alias;
            }
            else if (change.Kind == LedgerEventKind.Retracted)
            {
                named[change.Dataset.Value] = null;
            }
            else if (!named.TryGetValue(change.Dataset.Value, out var row) || row is null)
            {
                // Its place in the quota is that of its first appearance.
                var known = change.Record?.Version > 1 || change.Kind == LedgerEventKind.Deactivated ? await _datasets.FindAsync(change.Dataset.Value) : null;
                named[change.Dataset.Value] = known ?? PublisherRows.Write(change.Sequence, change.Record?.BytesDeclared ?? 0);
            }
        }

        await _datasets.SetAllAsync([.. named]);
        await NewsAsync([.. named.Where(d => d.Value is not null).Select(d => KeyValuePair.Create(d.Key, d.Value!))]);
        Change(s => s with { LedgerSequence = news[^1].Sequence, Alias = alias });
        await SaveAsync();
    }

    /// <inheritdoc/>
    public async Task Show()
    {
        var state = _state.Value;
        if (_state.Exists)
        {
            await _reporter.ShowAsync(new PublisherChanged(new PublisherRow(
                this.GetPrimaryKeyString(), state.Version, state.Alias, state.Publications.Count(p => !p.IsDone), _reporter.Now)));
        }
    }

    /// <inheritdoc/>
    public Task Wake()
    {
        StartTimer();
        StartTelling();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task ReceiveReminder(string reminderName, TickStatus status) => Wake();

    private void Change(Func<PublisherState, PublisherState> change)
    {
        var next = change(_state.Value);
        _state.Value = next with { Version = next.Version + 1 };
    }

    private async Task SaveAsync()
    {
        if (!_state.Dirty)
        {
            return;
        }

        await _state.SaveAsync();
        await Show();
    }

    private void StartTimer()
    {
        if (_timer is null && _state.Value.Publications.Any(p => !p.IsDone))
        {
            _timer = this.RegisterGrainTimer(RoundAsync, new GrainTimerCreationOptions(TimeSpan.Zero, _options.PublishInterval) { KeepAlive = true });
        }
    }

    private async Task RoundAsync(CancellationToken cancellationToken)
    {
        try
        {
            foreach (var publication in _state.Value.Publications.Where(p => !p.IsDone).ToList())
            {
                if (publication.NextAt > _reporter.Now)
                {
                    if (publication.Phase is PublicationPhase.Confirming)
                    {
                        continue;
                    }

                    // What comes behind spends its change: it has to wait as well.
                    break;
                }

                var next = await StepAsync(publication, cancellationToken);
                Put(next);
                await SaveAsync();
                if (next.Phase is PublicationPhase.Queued or PublicationPhase.Broadcasting)
                {
                    break;
                }
            }

            await FinishAsync();
        }
        catch (Exception) when (_reporter.Stopping)
        {
            // The silo ends: the next activation goes on.
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            LogRoundFailed(e, this.GetPrimaryKeyString());
        }
    }

    private async Task<PublicationState> StepAsync(PublicationState publication, CancellationToken cancellationToken)
    {
        while (publication.Accepted < publication.Transactions.Length)
        {
            var result = await _broadcaster.BroadcastAsync(publication.Transactions[publication.Accepted].Hex, cancellationToken);
            if (result.Outcome != BroadcastOutcome.Accepted && await CanDoWithoutAsync(publication, result.Outcome, cancellationToken))
            {
                publication = WithoutChildren(publication);
                break;
            }

            if (result.Outcome is BroadcastOutcome.Rejected or BroadcastOutcome.Later && await ResumeReplacedAsync(publication, cancellationToken))
            {
                return publication with { Phase = PublicationPhase.Replaced, Problem = "The ledger took the publication it was to replace.", Transactions = [] };
            }

            if (result.Outcome == BroadcastOutcome.Rejected)
            {
                LogRejected(this.GetPrimaryKeyString(), publication.RecordTxid, result.Detail);
                return publication with { Phase = PublicationPhase.Failed, Problem = result.Detail ?? "The ledger refused it.", Transactions = [] };
            }

            if (result.Outcome != BroadcastOutcome.Accepted)
            {
                return Later(publication, result.Detail ?? Words.Of(result.Outcome)) with { NeedsFee = result.Outcome == BroadcastOutcome.FeeTooLow };
            }

            publication = publication with { Accepted = publication.Accepted + 1, Attempts = 0, Problem = null, NeedsFee = false, Phase = PublicationPhase.Broadcasting };
        }

        return await WatchAsync(publication, cancellationToken);
    }

    /// <summary>Fewest confirmations count; one the node does not know any more was taken back: everything from it on is offered again.</summary>
    private async Task<PublicationState> WatchAsync(PublicationState publication, CancellationToken cancellationToken)
    {
        int? fewest = null;
        for (var i = 0; i < publication.Transactions.Length; i++)
        {
            var confirmations = await _broadcaster.ConfirmationsAsync(publication.Transactions[i].Txid, cancellationToken);
            if (confirmations is not { } count)
            {
                return publication with { Phase = PublicationPhase.Broadcasting, Accepted = i, Confirmations = null, NextAt = _reporter.Now, Problem = "A transaction left the ledger; it is broadcast again." };
            }

            fewest = fewest is { } f ? Math.Min(f, count) : count;
        }

        var done = fewest >= _options.FinalConfirmations;
        return publication with
        {
            Phase = done ? PublicationPhase.Final : PublicationPhase.Confirming,
            Confirmations = fewest,
            NeedsFee = fewest is 0 && _reporter.Now - publication.WaitsSince >= _options.PublicationStuckAfter,
            Problem = null,
            NextAt = _reporter.Now + _options.PublishInterval,
            Transactions = done ? [] : publication.Transactions,
        };
    }

    private async Task FinishAsync()
    {
        var done = _state.Value.Publications.Count(p => p.IsDone);
        if (done > DoneKept)
        {
            var drop = _state.Value.Publications.Where(p => p.IsDone).Take(done - DoneKept).Select(p => p.RecordTxid).ToImmutableHashSet(StringComparer.Ordinal);
            Change(s => s with { Publications = s.Publications.RemoveAll(p => drop.Contains(p.RecordTxid)) });
            await SaveAsync();
        }

        if (done == _state.Value.Publications.Length && _state.Value.TellPage is null && await this.GetReminder(StorageNames.WakeReminder) is { } reminder)
        {
            _timer?.Dispose();
            _timer = null;
            await this.UnregisterReminder(reminder);
        }
    }

    [LoggerMessage(EventId = 1102, Level = LogLevel.Warning, Message = "A round of publisher {Publisher} failed; the next one repeats it")]
    private partial void LogRoundFailed(Exception e, string publisher);

    [LoggerMessage(EventId = 1103, Level = LogLevel.Warning, Message = "The ledger refused record {Record} of publisher {Publisher} for good: {Detail}")]
    private partial void LogRejected(string publisher, string record, string? detail);
}
