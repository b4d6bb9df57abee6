using System.Collections.Immutable;
using System.Globalization;
using System.Threading.Channels;
using Etdb.Domain.Content;
using Etdb.Domain.Replication;
using Etdb.Grains;
using Etdb.Grains.Datasets;
using Etdb.Grains.Nodes;
using Etdb.Grains.Repair;
using Etdb.Storage.Catalogue;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace Etdb.Benchmarks.Scale;

/// <summary>
/// Puts a world that is whole (every dataset with five verified replicas) into a data folder: the states the grains would have written, by the
/// product's storage, and the rows readers see, by the product's catalogue. It stands for five million transfers, which no test machine
/// makes in a day. Of each story only the last line is put into the catalogue; grains keep their twelve.
/// </summary>
internal sealed class Restore(SyntheticWorld world, string folder, DateTimeOffset now)
{
    private const int AtOnce = 2_000;
    private static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);

    public async Task RunAsync(CancellationToken ct)
    {
        var order = Enumerable.Range(0, world.Datasets).Select(i => (Id: SyntheticWorld.Id(i).Value, Index: i)).ToArray();
        Array.Sort(order, static (a, b) => string.CompareOrdinal(a.Id, b.Id)); // As an export would have them.
        var states = Channel.CreateBounded<(string Id, int Index, DatasetState State)>(AtOnce);
        await using var storage = await ScaleStorage.OpenAsync(folder, ct);
        await Task.WhenAll(
            Task.Factory.StartNew(() => StatesAsync(storage.Grains, order, states.Writer, ct), ct, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap(),
            CatalogueAsync(storage, states.Reader, ct));
        await LedgerAsync(storage.Grains);
        await ScaleTables.WriteAsync(world, storage.Grains, now);
    }

    private async Task StatesAsync(IGrainStorage storage, (string Id, int Index)[] order, ChannelWriter<(string Id, int Index, DatasetState State)> readers, CancellationToken ct)
    {
        var writing = new Queue<Task>();
        foreach (var (id, index) in order)
        {
            var state = State(index);
            writing.Enqueue(storage.WriteStateAsync("dataset", GrainId.Create("dataset", id), new GrainState<DatasetState>(state)));
            await readers.WriteAsync((id, index, state), ct);
            if (writing.Count >= AtOnce)
            {
                await writing.Dequeue();
            }
        }

        readers.Complete();
        await Task.WhenAll(writing);
    }

    private async Task LedgerAsync(IGrainStorage storage)
    {
        var position = new GrainState<Etdb.Grains.Ledger.LedgerState>(new Etdb.Grains.Ledger.LedgerState());
        var grain = GrainId.Create("ledger", "regtest");
        await storage.ReadStateAsync("ledger", grain, position);
        position.State = new Etdb.Grains.Ledger.LedgerState { Sequence = world.Datasets, Started = true };
        await storage.WriteStateAsync("ledger", grain, position);
    }

    private async Task CatalogueAsync(ScaleStorage storage, ChannelReader<(string Id, int Index, DatasetState State)> states, CancellationToken ct)
    {
        using var catalogue = storage.Catalogue();
        await catalogue.StartAsync(ct);
        await foreach (var (id, index, state) in states.ReadAllAsync(ct))
        {
            await catalogue.WriteAsync(Row(id, index, state), ct);
            var line = state.Story[^1];
            await catalogue.WriteAsync(new StoryAdded(new StoryRow(id, line.Sequence, line.At, line.Kind, line.Text, line.Node)), ct);
        }

        await catalogue.FlushAsync(ct);
        await catalogue.StopAsync(ct);
    }

    /// <summary>Checked some time in the last 20 days, so that audits are due evenly from ten days on.</summary>
    private DateTimeOffset CheckedAt(int index, int replica) => now - (TimeSpan.FromDays(20) * (((index * 31) + (replica * 7)) % 1000 / 1000.0));

    private DatasetState State(int index)
    {
        var record = SyntheticWorld.Record(index, 1);
        var at = CheckedAt(index, 0) - TimeSpan.FromDays(1);
        return new DatasetState
        {
            Version = 21,
            Publisher = SyntheticWorld.Publisher(index),
            Record = record,
            LedgerSequence = index + 1,
            Height = (index + 1) / 100,
            OperationSequence = SyntheticWorld.Replicas,
            StorySequence = 16,
            Story = [.. Story(index, at)],
            Contents =
            [
                new ContentState
                {
                    Root = record.Root!.Value, Bytes = 32, Measured = true, RegisteredAt = at, EstablishedAt = at,
                    Replicas = [.. Enumerable.Range(0, SyntheticWorld.Replicas).Select(r => Replica(index, r))],
                },
            ],
        };
    }

    private ReplicaRecord Replica(int index, int replica)
    {
        var at = CheckedAt(index, replica);
        var check = new Verification(at, VerificationDepth.Full, 1);
        var evidence = ReplicaEvidence.None with { AssignedAt = at, ListedAt = at, PinnedAt = at, Complete = check, FullComplete = check };
        return new ReplicaRecord
        {
            Node = SyntheticWorld.NodeId(SyntheticWorld.Node(index, replica)), Evidence = evidence, State = ReplicaState.Verified, Since = at, LastVerification = check, LastFullVerification = check,
        };
    }

    /// <summary>The latest lines of what happens to a dataset with five replicas, as many as the grain keeps.</summary>
    private static IEnumerable<StoryLine> Story(int index, DateTimeOffset at)
    {
        var kept = Enumerable.Range(0, SyntheticWorld.Replicas).Select(r => SyntheticWorld.NodeName(SyntheticWorld.Node(index, r))).SelectMany(n => new[]
        {
            ("assigned", $"{n} is to keep a copy (too-few).", n), ("claimed", $"{n} lists the copy; it is checked next.", n), ("verified", $"The copy on {n} was read and every block asked for matched.", n),
        }).Prepend(("published", string.Create(CultureInfo.InvariantCulture, $"Published in the ledger at height {(index + 1) / 100}."), null!)).ToList();
        return kept.Select((l, i) => new StoryLine(i + 1, at, l.Item1, l.Item2, l.Item3)).TakeLast(DatasetGrain.StoryKept);
    }

    private DatasetChanged Row(string id, int index, DatasetState state)
    {
        var record = state.Record!;
        var row = new DatasetRow(
            id, state.Version, record.Title, state.Publisher.Value, record.Root!.Value.Value, "healthy", SyntheticWorld.Replicas, 3, 6, "member", SyntheticWorld.Replicas, SyntheticWorld.Replicas,
            32, 1e-9, 1, record.LatestTxid, state.Height, record.Timestamp, true, record.ArtifactJson, Start + TimeSpan.FromSeconds(index));
        var replicas = state.Contents[0].Replicas.Select((r, i) => new ReplicaRow(
            r.Node.Value, SyntheticWorld.MemberName(SyntheticWorld.MemberOf(SyntheticWorld.Node(index, i))), "verified", true, r.Since, r.LastVerification!.At, 1, true, "Verified.")).ToList();
        return new DatasetChanged(row, replicas);
    }
}
