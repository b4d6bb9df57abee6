using System.Collections.Immutable;
using Etdb.Domain.Content;
using Etdb.Grains.Datasets;
using Etdb.Grains.Ports;
using Etdb.Storage.Catalogue;

namespace Etdb.Grains.Nodes;

/// <summary>Incidents: what happened to the node, which datasets it touched, when the last of them was whole again.</summary>
public sealed partial class NodeGrain
{
    /// <summary>Blocks an incident remembers by name, to count each of them once.</summary>
    private const int BlocksKept = 500;

    /// <summary>Rows each incident waits for, and one for every naming of more that goes on; counted as rows come and go, for turns interleave.</summary>
    private readonly Dictionary<string, int> _waiting = new(StringComparer.Ordinal);

    private DateTimeOffset? _lastGood;
    private DateTimeOffset? _remindedAt;

    /// <inheritdoc/>
    public async Task Settle(string incident, DatasetRef dataset, long bytes)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        var key = PendingKey(incident, dataset);
        if (IndexOf(_state.Value.Incidents, incident) < 0 || await _pending.FindAsync(key) is null)
        {
            return;
        }

        await _pending.SetAsync(key, null);
        if (_state.Value.Incidents.FirstOrDefault(i => i.Id == incident) is not { } found)
        {
            return;
        }

        Put(found with { PendingCount = _waiting.GetValueOrDefault(incident), BytesReseeded = found.BytesReseeded + bytes });
        await CloseIfHealedAsync(incident);
        await _state.SaveAsync();
    }

    private IncidentState? Open(string kind) => _state.Value.Incidents.LastOrDefault(i => i.Kind == kind);

    /// <summary>Opens an incident that touches everything on the node; its datasets are named before any of them hears of it.</summary>
    private async Task<string> OpenForAllAsync(string kind, DateTimeOffset at, string text)
    {
        var touched = new List<DatasetRef>();
        for (var i = 0; i < _options.ShelvesPerNode; i++)
        {
            touched.AddRange(await Shelf(i).Touched());
        }

        return await OpenForAsync(kind, at, touched, text);
    }

    private async Task<string> OpenForAsync(string kind, DateTimeOffset at, IReadOnlyList<DatasetRef> touched, string text, ReplicaCheck? found = null)
    {
        var open = Open(kind);
        var before = open ?? new IncidentState
        {
            Id = $"{Id.Value}-{_state.Value.IncidentSequence + 1}",
            Kind = kind,
            OpenedAt = at,
            LastGoodAt = _lastGood,
            Text = text,
        };
        before = Found(before, found, open is null);
        if (open is null)
        {
            _state.Value = _state.Value with { IncidentSequence = _state.Value.IncidentSequence + 1, Incidents = _state.Value.Incidents.Add(before) };
            await _reporter.ProveAsync("incident", null, Id.Value, kind, new { before.Id, datasets = touched.Count, before.LastGoodAt, text = before.Text });
        }
        else if (before != open)
        {
            Put(before);
        }

        // Named before any of them hears of it; those named already stay as they are.
        var named = await NameAsync(before.Id, touched);
        if (_state.Value.Incidents.FirstOrDefault(i => i.Id == before.Id) is { } current)
        {
            Put(current with { PendingCount = _waiting.GetValueOrDefault(before.Id), Touched = current.Touched + named, Complete = true });
            await CloseIfHealedAsync(before.Id);
        }

        await _state.SaveAsync();
        return before.Id;
    }

    /// <summary>Adds what an audit found. An incident that audits opened says how much they found till now; one that was known otherwise keeps its words.</summary>
    private static IncidentState Found(IncidentState incident, ReplicaCheck? check, bool isNew)
    {
        if (check is null || (!isNew && incident.Corrupt.Count + incident.Missing.Count == 0))
        {
            return incident;
        }

        var corrupt = Some(incident.Corrupt, check.Corrupt);
        var missing = Some(incident.Missing, check.Missing);
        return corrupt.Count == incident.Corrupt.Count && missing.Count == incident.Missing.Count
            ? incident
            : incident with { Corrupt = corrupt, Missing = missing, Text = $"Audits found {Count(corrupt)} that {(corrupt.Count == 1 ? "does" : "do")} not match and {Count(missing)} gone." };
    }

    private static ImmutableSortedSet<string> Some(ImmutableSortedSet<string> known, IReadOnlyList<ContentId> more) =>
        known.Union(more.Select(b => b.Value).Where(b => !known.Contains(b)).Take(Math.Max(0, BlocksKept - known.Count)));

    private static string Count(ImmutableSortedSet<string> blocks) => blocks.Count switch
    {
        0 => "none",
        1 => "1 block",
        BlocksKept => $"{BlocksKept} blocks or more",
        var many => $"{many} blocks",
    };

    private static string PendingKey(string incident, DatasetRef dataset) => $"{incident}|{dataset.Dataset.Value}";

    /// <summary>Writes down that the incident waits for these datasets; how many were not yet named.</summary>
    private async Task<int> NameAsync(string incident, IReadOnlyList<DatasetRef> touched)
    {
        var rows = new List<KeyValuePair<string, string?>>();
        Wait(incident, 1);
        try
        {
            foreach (var key in touched.Select(t => PendingKey(incident, t)).Distinct(StringComparer.Ordinal))
            {
                if (await _pending.FindAsync(key) is null)
                {
                    rows.Add(KeyValuePair.Create(key, (string?)""));
                }
            }

            await _pending.SetAllAsync(rows);
        }
        finally
        {
            Wait(incident, -1);
        }

        return rows.Count;
    }

    private void Wait(string incident, int by)
    {
        if ((_waiting[incident] = _waiting.GetValueOrDefault(incident) + by) == 0)
        {
            _waiting.Remove(incident);
        }
    }

    /// <summary>
    /// Asks what incidents wait for whether it knows: word of an incident is lost with a crash between its naming and its telling, or when it concerned
    /// nothing any more. Once in each sweep.
    /// </summary>
    private async Task RemindAsync()
    {
        var now = _reporter.Now;
        _remindedAt ??= now;
        if (now - _remindedAt < _options.SweepInterval || _waiting.Count == 0)
        {
            return;
        }

        _remindedAt = now;
        await foreach (var page in _pending.ReadAsync())
        {
            await Task.WhenAll(page.Select(row => GrainFactory.GetGrain<IDatasetGrain>(row.Key[(row.Key.LastIndexOf('|') + 1)..]).Await(IncidentOf(row.Key), Id)));
        }
    }

    private static string IncidentOf(string pendingKey) => pendingKey[..pendingKey.LastIndexOf('|')];

    /// <summary>Whether the incident waits for all of these already.</summary>
    private async Task<bool> AllNamedAsync(string incident, List<DatasetRef> touched)
    {
        foreach (var dataset in touched)
        {
            if (await _pending.FindAsync(PendingKey(incident, dataset)) is null)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Counts anew what incidents wait for: a crash may have come between a row and the figure. Rows of incidents that never were are dropped.</summary>
    private async Task CountPendingAsync()
    {
        await _pending.OpenAsync();
        var old = _state.Value.Incidents.SelectMany(i => i.Pending.Select(d => KeyValuePair.Create($"{i.Id}|{d}", (string?)""))).ToList();
        await _pending.SetAllAsync(old);
        var known = _state.Value.Incidents.Select(i => i.Id).ToHashSet(StringComparer.Ordinal);
        var strays = new List<KeyValuePair<string, string?>>();
        _waiting.Clear();
        await foreach (var page in _pending.ReadAsync())
        {
            foreach (var (key, _) in page)
            {
                Wait(IncidentOf(key), 1);
                if (!known.Contains(IncidentOf(key)))
                {
                    strays.Add(KeyValuePair.Create(key, (string?)null));
                }
            }
        }

        await _pending.SetAllAsync(strays);
        foreach (var incident in _state.Value.Incidents)
        {
            var count = _waiting.GetValueOrDefault(incident.Id);
            if (incident.PendingCount != count || !incident.Pending.IsEmpty)
            {
                Put(incident with { PendingCount = count, Pending = [] });
            }
        }

        foreach (var incident in _state.Value.Incidents)
        {
            await CloseIfHealedAsync(incident.Id);
        }

        if (_state.Dirty)
        {
            await _state.SaveAsync();
        }
    }

    private void Put(IncidentState incident)
    {
        var incidents = _state.Value.Incidents;
        var at = IndexOf(incidents, incident.Id);
        var next = incident with { Version = incident.Version + 1 };
        _state.Value = _state.Value with { Incidents = at < 0 ? incidents.Add(next) : incidents.SetItem(at, next) };
    }

    private async Task CloseIfHealedAsync(string id)
    {
        var at = IndexOf(_state.Value.Incidents, id);
        var incident = _state.Value.Incidents[at];
        var healed = incident.Complete && !_waiting.ContainsKey(id);
        if (healed)
        {
            _state.Value = _state.Value with { Incidents = _state.Value.Incidents.RemoveAt(at) };
        }

        await _reporter.ShowAsync(new IncidentChanged(new IncidentRow(
            incident.Id, incident.Version, incident.Kind, Id.Value, _state.Value.Registration!.Member.Value, incident.OpenedAt, incident.LastGoodAt,
            healed ? _reporter.Now : null, incident.Touched, incident.BytesReseeded, incident.Text)));
        if (healed)
        {
            await _reporter.ProveAsync("incident", null, Id.Value, "healed", new { incident.Id, incident.Kind, incident.Touched, incident.BytesReseeded });
        }
    }

    private static int IndexOf(ImmutableArray<IncidentState> incidents, string id)
    {
        for (var i = 0; i < incidents.Length; i++)
        {
            if (incidents[i].Id == id)
            {
                return i;
            }
        }

        return -1;
    }
}
