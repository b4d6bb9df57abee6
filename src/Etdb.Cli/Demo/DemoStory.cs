using System.Text.Json;
using Etdb.Cli.CommandLine;
using Etdb.Grains.Ports;
using Etdb.Silo.Api;
using Etdb.Storage.Catalogue;
using Etdb.Storage.Evidence;
using Microsoft.Extensions.DependencyInjection;

namespace Etdb.Cli.Demo;

/// <summary>
/// Plays the whole story once: wipe the disk of the busiest member, wait until the cluster noticed and healed; corrupt blocks of another, wait again; then
/// check every block of every replica. It only breaks and watches: what heals is the cluster.
/// </summary>
internal sealed class DemoStory(DemoWorld world, DemoSettings settings, DemoVoice voice, TimeProvider time)
{
    private const int BlocksToCorrupt = 5;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(200);

    /// <summary>Waits until every dataset has its target of verified copies.</summary>
    public async Task WaitHealthyAsync(IReadOnlyList<string> ids, CancellationToken ct)
    {
        long told = -1;
        await UntilAsync(
            async () =>
            {
                var datasets = await ReadAsync(ids, ct);
                var copies = datasets.Sum(d => d?.Replicas.Count(r => r.State == "verified") ?? 0);
                if (copies != told)
                {
                    told = copies;
                    voice.Say("replicate", $"{datasets.Count(IsHealthy)} of {ids.Count} datasets healthy, {copies} verified copies");
                }

                return datasets.All(IsHealthy);
            },
            async () => "not every dataset became healthy: " + string.Join("; ", (await ReadAsync(ids, ct)).Where(d => !IsHealthy(d)).Select(Describe)),
            ct);
    }

    /// <summary>Breaks and watches, twice.</summary>
    public async Task<IReadOnlyList<DemoIncident>> BreakAndHealAsync(IReadOnlyList<string> ids, CancellationToken ct)
    {
        var busiest = (await world.Catalogue.NodesAsync(ct)).OrderByDescending(n => n.Replicas.GetValueOrDefault("verified")).ThenBy(n => n.Node.Id, StringComparer.Ordinal).First().Node;
        var lost = await PlayAsync("disk-loss", busiest.Id, ids, () => Task.FromResult($"wiped the disk of {busiest.Id}, the busiest node: {world.Nodes.DeleteDisk(busiest.Id)} bytes gone"), ct);
        var other = (await world.Catalogue.NodesAsync(ct)).Where(n => n.Node.Id != busiest.Id && n.Node.Id != DemoNodes.Lab)
            .OrderByDescending(n => n.Replicas.GetValueOrDefault("verified")).ThenBy(n => n.Node.Id, StringComparer.Ordinal).First().Node;
        var corrupted = await PlayAsync(
            "corruption", other.Id, ids, async () => $"flipped a bit in {await world.Nodes.CorruptAsync(other.Id, BlocksToCorrupt, settings.Seed, ct)} blocks of {other.Id}", ct);
        return [lost, corrupted];
    }

    /// <summary>Reads every block of every verified replica from its node and hashes it here, without asking the cluster's memory.</summary>
    public async Task<DemoVerification> VerifyAsync(IReadOnlyList<string> ids, CancellationToken ct)
    {
        var connector = world.Silo.Services.GetRequiredService<IArchiveNodeConnector>();
        var (replicas, blocks, bad) = (0, 0L, 0L);
        foreach (var dataset in await ReadAsync(ids, ct))
        {
            foreach (var replica in dataset!.Replicas.Where(r => r.State == "verified"))
            {
                var check = await connector.Connect(world.Nodes.Endpoint(replica.Node)).VerifyAsync(new VerifyRequest(new(dataset.Dataset.Root!), 0, 0), ct);
                replicas++;
                blocks += check.BlocksChecked;
                bad += check.Missing.Count + check.Corrupt.Count + (check.Verdict == ReplicaVerdict.Unknown ? 1 : 0);
            }
        }

        voice.Say("verify", $"{replicas} replicas, {blocks} blocks read from their nodes and hashed, {bad} bad");
        return new DemoVerification(replicas, blocks, bad);
    }

    private async Task<DemoIncident> PlayAsync(string kind, string node, IReadOnlyList<string> ids, Func<Task<string>> breakIt, CancellationToken ct)
    {
        // One that is still open (a demo killed after its break and run again) is told with what is broken now.
        var known = (await world.Catalogue.IncidentsAsync(500, ct)).Where(i => i.HealedAt is not null).Select(i => i.Id).ToHashSet(StringComparer.Ordinal);
        var began = time.GetUtcNow();
        voice.Say("break", await breakIt());
        await UntilAsync(async () => (await NewAsync(known, node, ct)).Count > 0, () => Task.FromResult($"nobody noticed what happened to {node}"), ct);
        var incident = (await NewAsync(known, node, ct)).MinBy(i => i.OpenedAt)!;
        var detected = (incident.OpenedAt - began).TotalSeconds;
        voice.Say("detect", $"after {detected:0.0} s: {incident.Text}");
        voice.Say("reseed", $"healing {incident.Datasets} datasets");
        // One incident may close before the next damage on the same node is found: whole means that everything was checked after it broke.
        await UntilAsync(async () => await AllCheckedAsync(node, began, ids, ct) && (await NewAsync(known, node, ct)).All(i => i.HealedAt is not null), () => Task.FromResult($"the damage on {node} did not heal"), ct);
        await WaitHealthyAsync(ids, ct);
        var incidents = await NewAsync(known, node, ct);
        var healed = (incidents.Max(i => i.HealedAt!.Value) - began).TotalSeconds;
        var bytes = incidents.Sum(i => i.BytesReseeded);
        var named = await BlocksHealedAsync(node, began, ct);
        voice.Say("reseed", $"healed {healed:0.0} s after it broke, {bytes} bytes re-seeded{(named == 0 ? "" : $"; the evidence names {named} bad blocks put right")}");
        return new DemoIncident(kind, node, incidents.Sum(i => i.Datasets), Math.Max(0, detected), healed, bytes);
    }

    /// <summary>How many different blocks the evidence names as put right on a node: audits find some, repairs the rest below a bad inner block.</summary>
    private async Task<int> BlocksHealedAsync(string node, DateTimeOffset since, CancellationToken ct)
    {
        var blocks = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var entry in world.Silo.Services.GetRequiredService<IEvidenceReader>().ReadAsync(0, ct))
        {
            if (entry.Draft.Outcome == "blocks-healed" && entry.Draft.Node == node && entry.Draft.At >= since)
            {
                blocks.UnionWith(JsonDocument.Parse(entry.Draft.Detail).RootElement.GetProperty("blocks").EnumerateArray().Select(b => b.GetString()!));
            }
        }

        return blocks.Count;
    }

    private async Task<List<IncidentRow>> NewAsync(HashSet<string> known, string node, CancellationToken ct)
        => [.. (await world.Catalogue.IncidentsAsync(500, ct)).Where(i => !known.Contains(i.Id) && i.Node == node)];

    private async Task<bool> AllCheckedAsync(string node, DateTimeOffset since, IReadOnlyList<string> ids, CancellationToken ct)
        => (await ReadAsync(ids, ct)).SelectMany(d => d?.Replicas ?? []).Where(r => r.Node == node && r.State == "verified")
            .All(r => r.VerifiedFull && r.VerifiedAt >= since);

    private static string Describe(DatasetChanged? d)
        => d is null ? "one is not in the ledger's index yet" : $"{d.Dataset.Title} is {d.Dataset.State} ({string.Join(", ", d.Replicas.Select(r => $"{r.Node} {r.State}"))})";

    private bool IsHealthy(DatasetChanged? d) => d is { Dataset.State: "healthy" } && d.Replicas.Count(r => r is { State: "verified", Counts: true }) >= settings.Target;

    private async Task<DatasetChanged?[]> ReadAsync(IReadOnlyList<string> ids, CancellationToken ct) => await Task.WhenAll(ids.Select(id => world.Catalogue.DatasetAsync(id, ct)));

    private async Task UntilAsync(Func<Task<bool>> done, Func<Task<string>> problem, CancellationToken ct)
    {
        var began = time.GetTimestamp();
        while (!await done())
        {
            if (time.GetElapsedTime(began) > Limit)
            {
                throw new CliException($"gave up after {Limit.TotalMinutes} minutes: {await problem()}") { ExitCode = CliExit.No };
            }

            await Task.Delay(PollEvery, time, ct);
        }
    }
}
