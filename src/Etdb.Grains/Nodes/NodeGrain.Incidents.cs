using System.Collections.Immutable;
using Etdb.Storage.Catalogue;

namespace Etdb.Grains.Nodes;

/// <summary>Incidents: what happened to the node, which datasets it touched, when the last of them was whole again.</summary>
public sealed partial class NodeGrain
{
    private DateTimeOffset? _lastGood;

    /// <inheritdoc/>
    public async Task Settle(string incident, DatasetRef dataset, long bytes)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        var found = _state.Value.Incidents.FirstOrDefault(i => i.Id == incident);
        if (found is null || !found.Pending.Contains(dataset.Dataset.Value))
        {
            return;
        }

        Put(found with { Pending = found.Pending.Remove(dataset.Dataset.Value), BytesReseeded = found.BytesReseeded + bytes });
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

    private async Task<string> OpenForAsync(string kind, DateTimeOffset at, IReadOnlyList<DatasetRef> touched, string text)
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
        if (open is null)
        {
            _state.Value = _state.Value with { IncidentSequence = _state.Value.IncidentSequence + 1, Incidents = _state.Value.Incidents.Add(before) };
            await _reporter.ProveAsync("incident", null, Id.Value, kind, new { before.Id, datasets = touched.Count, before.LastGoodAt, text });
        }

        var current = _state.Value.Incidents.FirstOrDefault(i => i.Id == before.Id) ?? before;
        var pending = current.Pending.Union(touched.Select(t => t.Dataset.Value));
        Put(current with { Pending = pending, Touched = current.Touched + pending.Count - current.Pending.Count, Complete = true });
        await CloseIfHealedAsync(before.Id);
        await _state.SaveAsync();
        return before.Id;
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
        var healed = incident.Complete && incident.Pending.IsEmpty;
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
