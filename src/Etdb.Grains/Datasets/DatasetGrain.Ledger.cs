using Etdb.Domain.Replication;
using Etdb.Grains.Ports;

namespace Etdb.Grains.Datasets;

/// <summary>What the ledger says.</summary>
public sealed partial class DatasetGrain
{
    /// <inheritdoc/>
    public async Task Apply(LedgerEvent change)
    {
        ArgumentNullException.ThrowIfNull(change);
        var state = _state.Value;
        if (change.Sequence > state.LedgerSequence)
        {
            _state.Value = state with { LedgerSequence = change.Sequence, Height = change.Height, Publisher = change.Publisher };
            switch (change.Kind)
            {
                case LedgerEventKind.Current when change.Record is { } record:
                    Current(record);
                    break;
                case LedgerEventKind.Deactivated:
                    Leave(DatasetLifecycle.Deactivated, "deactivated", "Deactivated by its owner; its copies are kept until the grace ends.");
                    break;
                case LedgerEventKind.Retracted:
                    Leave(DatasetLifecycle.Retracted, "note", "A reorganisation of the ledger took the record back; its copies are kept until the grace ends.");
                    break;
                default:
                    break;
            }

            await _reporter.ProveAsync("state", Id.Value, null, $"ledger-{Words.Of(change.Kind)}", new { change.Sequence, change.Height, change.Record?.LatestTxid, root = change.Record?.Root?.Value });
            await SaveAsync();
        }

        // Also when nothing changed: the call that did change it may have died before it got here.
        await FlushStoryAsync();
        await FileAsync();
        // Its turn to be decided on may come late when much is going on: until then readers see it as it stands, not as if it had no copies.
        await ShowAsync(IsBare ? null : Now(await _topology.ReadAsync(GrainFactory)).Plans);
    }

    private void Current(DatasetRecord record)
    {
        var now = _reporter.Now;
        var before = _state.Value;
        var first = before.Record is null;
        _state.Value = before with { Record = record, Lifecycle = DatasetLifecycle.Active, LifecycleSince = null };
        foreach (var content in before.Contents)
        {
            if (content.Root != record.Root && content.Lifecycle == DatasetLifecycle.Active)
            {
                Put(content with { Lifecycle = DatasetLifecycle.Superseded, LifecycleSince = now });
            }
        }

        if (record.Root is { } root)
        {
            var content = Content(root) ?? new ContentState { Root = root, RegisteredAt = now, Bytes = record.BytesDeclared };
            var others = _state.Value.Contents.RemoveAll(c => c.Root == root);
            _state.Value = _state.Value with { Contents = others.Insert(0, content with { Lifecycle = DatasetLifecycle.Active, LifecycleSince = null }) };
        }

        var same = before.Record?.LatestTxid == record.LatestTxid;
        if (first)
        {
            Tell("published", $"Published in the ledger at height {_state.Value.Height}.", null);
        }
        else if (!same)
        {
            Tell("edited", $"Version {record.Version} in the ledger at height {_state.Value.Height}.", null);
        }
        else if (before.Lifecycle != DatasetLifecycle.Active)
        {
            Tell("note", "The ledger names it again.", null);
        }
    }

    private void Leave(DatasetLifecycle lifecycle, string kind, string text)
    {
        var now = _reporter.Now;
        if (_state.Value.Lifecycle == lifecycle)
        {
            return;
        }

        _state.Value = _state.Value with { Lifecycle = lifecycle, LifecycleSince = now };
        foreach (var content in _state.Value.Contents)
        {
            if (content.Lifecycle == DatasetLifecycle.Active)
            {
                Put(content with { Lifecycle = lifecycle, LifecycleSince = now });
            }
        }

        Tell(kind, text, null);
    }
}
