using System.Globalization;
using Etdb.Domain.Records;
using Etdb.Domain.Replication;
using Etdb.Grains.Datasets;
using Etdb.Grains.State;
using Microsoft.Extensions.Logging;

namespace Etdb.Grains.Publishers;

// Datasets keep what they were told and never ask: a million of them deciding must not meet in one grain. A change is durable with the page it has been told
// to, so that a crash delays the rest of the telling and loses none of it; datasets that appear are told before the ledger's word is acknowledged.
public sealed partial class PublisherGrain
{
    /// <summary>Datasets told at once.</summary>
    private const int TellAtOnce = 16;

    private IGrainTimer? _telling;

    private PublisherId Address => new(this.GetPrimaryKeyString());

    /// <inheritdoc/>
    public async Task SetPolicy(ReplicationPolicy? policy, string author, string reason)
    {
        Refuse(policy?.Problems(), nameof(policy));
        await _reporter.ProveAsync(
            "operator", null, null, policy is null ? "publisher-policy-cleared" : "publisher-policy-set",
            new { publisher = Address.Value, author, reason, before = _state.Value.Policy is { } before ? Words.Of(before) : null, after = policy is null ? null : Words.Of(policy) }, author);
        await TermsChangedAsync(s => s with { Policy = policy });
    }

    /// <inheritdoc/>
    public async Task SetQuota(PublisherQuota? quota, string author, string reason)
    {
        Refuse(quota?.Problems(), nameof(quota));
        await _reporter.ProveAsync("operator", null, null, quota is null ? "quota-lifted" : "quota-set", new { publisher = Address.Value, author, reason, before = _state.Value.Quota, after = quota }, author);
        var reach = await ReachAsync(quota);
        await TermsChangedAsync(s => s with { Quota = quota, ReachesTo = reach });
    }

    /// <inheritdoc/>
    public async Task<PublisherStanding> Standing()
    {
        var (datasets, bytes, beyond) = (0L, 0L, 0L);
        await foreach (var page in _datasets.ReadAsync())
        {
            foreach (var row in page)
            {
                var (sequence, size) = PublisherRows.Read(row.Value);
                datasets++;
                bytes += size;
                beyond += sequence > _state.Value.ReachesTo ? 1 : 0;
            }
        }

        return new PublisherStanding(_state.Value.Policy, _state.Value.Quota, datasets, bytes, beyond, _state.Value.TellPage is not null);
    }

    private static void Refuse(IReadOnlyList<PolicyProblem>? problems, string parameter)
    {
        if (problems is { Count: > 0 })
        {
            throw new ArgumentException(string.Join(" ", problems.Select(p => p.Text)), parameter);
        }
    }

    /// <summary>What the ledger named or took back: the quota is reckoned again, and those named hear what holds for them.</summary>
    private async Task NewsAsync(IReadOnlyCollection<KeyValuePair<string, string>> named)
    {
        if (_state.Value.Quota is { } quota && await ReachAsync(quota) is var reach && reach != _state.Value.ReachesTo)
        {
            await TermsChangedAsync(s => s with { ReachesTo = reach });
        }

        if (_state.Value.TermsVersion > 0)
        {
            await TellAsync(named);
        }
    }

    private async Task TermsChangedAsync(Func<PublisherState, PublisherState> change)
    {
        await this.RegisterOrUpdateReminder(StorageNames.WakeReminder, _options.WakeInterval, _options.WakeInterval);
        Change(s => change(s) with { TermsVersion = s.TermsVersion + 1, TellPage = 0, TellPages = _datasets.Pages });
        await SaveAsync();
        StartTelling();
    }

    private async Task<long?> ReachAsync(PublisherQuota? quota)
    {
        if (quota is null)
        {
            return null;
        }

        var all = new List<(long Sequence, long Bytes)>();
        await foreach (var page in _datasets.ReadAsync())
        {
            all.AddRange(page.Select(r => PublisherRows.Read(r.Value)));
        }

        all.Sort();
        return quota.ReachesTo(all);
    }

    private void StartTelling()
    {
        if (_telling is null && _state.Value.TellPage is not null)
        {
            _telling = this.RegisterGrainTimer(GoOnTellingAsync, new GrainTimerCreationOptions(TimeSpan.Zero, Timeout.InfiniteTimeSpan) { Interleave = true, KeepAlive = true });
        }
    }

    private async Task GoOnTellingAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (_state.Value.TellPage is { } number && !cancellationToken.IsCancellationRequested)
            {
                var version = _state.Value.TermsVersion;
                if (number < _datasets.Pages)
                {
                    await TellAsync(await _datasets.ReadPageAsync(number));
                }

                if (_state.Value.TermsVersion != version)
                {
                    continue; // Changed meanwhile: it begins again.
                }

                var grown = _state.Value.TellPages != _datasets.Pages;
                Change(s => s with { TellPage = grown ? 0 : number + 1 < _datasets.Pages ? number + 1 : null, TellPages = _datasets.Pages });
                await SaveAsync();
            }

            await FinishAsync();
        }
        catch (Exception) when (_reporter.Stopping)
        {
            // The silo ends: the next activation goes on.
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            LogTellingFailed(e, Address.Value);
        }
        finally
        {
            _telling?.Dispose();
            _telling = null;
        }
    }

    private async Task TellAsync(IReadOnlyCollection<KeyValuePair<string, string>> datasets)
    {
        foreach (var batch in datasets.Chunk(TellAtOnce))
        {
            var state = _state.Value;
            await Task.WhenAll(batch.Select(d => GrainFactory.GetGrain<IDatasetGrain>(d.Key).Agree(new PublisherTerms(Address, state.TermsVersion, state.Policy, Beyond(state, d.Value)))));
        }
    }

    private static string? Beyond(PublisherState state, string row) => PublisherRows.Read(row).Sequence > state.ReachesTo && state.Quota is { } quota
        ? $"The publisher's quota ({Said(quota)}) does not reach to it: no first copies are made until it is raised or an older dataset is taken back."
        : null;

    private static string Said(PublisherQuota quota)
    {
        var datasets = quota.MostDatasets is { } count ? string.Create(CultureInfo.InvariantCulture, $"{count} datasets") : null;
        var bytes = quota.MostBytes is { } most ? string.Create(CultureInfo.InvariantCulture, $"{most} bytes") : null;
        return string.Join(", ", new[] { datasets, bytes }.OfType<string>());
    }

    [LoggerMessage(EventId = 1104, Level = LogLevel.Warning, Message = "Publisher {Publisher} could not tell all its datasets what holds for them; it goes on when it is woken")]
    private partial void LogTellingFailed(Exception e, string publisher);
}
