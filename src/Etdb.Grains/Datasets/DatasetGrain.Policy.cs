using Etdb.Domain.Replication;

namespace Etdb.Grains.Datasets;

/// <summary>What is wished for the dataset: its own policy before its publisher's before the consortium's.</summary>
public sealed partial class DatasetGrain
{
    private PublisherTerms? Terms => _state.Value.Terms is { } terms && terms.Publisher == _state.Value.Publisher ? terms : null;

    private ReplicationPolicy Wanted => _state.Value.Policy ?? Terms?.Policy ?? _planning.Default;

    /// <inheritdoc/>
    public async Task SetPolicy(ReplicationPolicy? policy, string author, string reason)
    {
        if (policy is not null && policy.Problems() is { Count: > 0 } problems)
        {
            throw new ArgumentException(string.Join(" ", problems.Select(p => p.Text)), nameof(policy));
        }

        var before = Wanted;
        await _reporter.ProveAsync(
            "operator", Id.Value, null, policy is null ? "policy-inherited" : "policy-set",
            new { author, reason, before = Words.Of(before), after = policy is null ? null : Words.Of(policy) }, author);
        _state.Value = _state.Value with { Policy = policy };
        Tell("note", policy is null ? $"{author}: the policy is its publisher's or the consortium's again ({reason})." : $"{author}: policy {Words.Of(policy)} ({reason}).", null);
        await WishesChangedAsync();
    }

    /// <inheritdoc/>
    public async Task Agree(PublisherTerms terms)
    {
        ArgumentNullException.ThrowIfNull(terms);
        var known = _state.Value.Terms;
        if (known is not null && known.Publisher == terms.Publisher && known.Version >= terms.Version)
        {
            return;
        }

        // The ledger tells datasets before publishers: who is not its publisher now was it before a transfer.
        if (_state.Value.Record is not null && terms.Publisher != _state.Value.Publisher)
        {
            return;
        }

        var before = (Wanted, Terms?.OverQuota);
        _state.Value = _state.Value with { Terms = terms };
        if (before == (Wanted, Terms?.OverQuota))
        {
            await SaveAsync();
            return;
        }

        await WishesChangedAsync();
    }

    /// <inheritdoc/>
    public Task<DatasetPolicy> Policy()
    {
        var source = _state.Value.Policy is not null ? PolicySource.Dataset : Terms?.Policy is not null ? PolicySource.Publisher : PolicySource.Consortium;
        return Task.FromResult(new DatasetPolicy(Wanted, source, _state.Value.Policy, Terms?.Policy, _planning.Default));
    }

    private async Task WishesChangedAsync()
    {
        await SaveAsync();
        if (_state.Value.Record is not null)
        {
            await FileAsync();
            await FlushStoryAsync();
            await ShowAsync(Now(await _topology.ReadAsync(GrainFactory)).Plans);
        }
    }
}
