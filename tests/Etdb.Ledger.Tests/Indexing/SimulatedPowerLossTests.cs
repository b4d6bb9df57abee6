using System.Text;
using Etdb.Ledger.Indexing;
using Etdb.Ledger.Indexing.Following;
using Etdb.Ledger.Oip;
using Etdb.Ledger.Publishing.Records;
using Etdb.Ledger.Tests.Oip;

namespace Etdb.Ledger.Tests.Indexing;

/// <summary>
/// Power loss, simulated: of the files of an index, what was synced survives, and of what was written to SQLite's log since then some does: it is cut anywhere, and sectors of
/// it are lost or hold something else. (That a disk keeps what it says it synced is not tested, nor a loss while the log is moved into the file.)
/// </summary>
public sealed class SimulatedPowerLossTests : IDisposable
{
    private const int Sector = 512;
    private const int Losses = 40;
    private static readonly FloMessageSigner Lab = new(FloKey.FromSecret([.. Enumerable.Repeat((byte)9, 32)]), FloNetwork.Regtest);

    private readonly string _folder = Directory.CreateTempSubdirectory("etdb-power-").FullName;
    private readonly MinedChain _node = new();
    private readonly Dictionary<string, string> _states = [];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Database => Path.Combine(_folder, "ledger.db");

    private string Log => Database + "-wal";

    [Fact]
    public async Task After_a_simulated_power_loss_an_index_stands_at_a_whole_step_not_before_the_last_sync_and_goes_on_as_the_chain_says()
    {
        byte[] file;
        byte[] log;
        long synced;
        IReadOnlyList<RecordEvent> told;
        long toldHeight;
        using (var index = LedgerIndex.Open(Database, FloNetwork.Regtest))
        {
            MineRecords(0, 6);
            Assert.True(await CatchUpAsync(index));
            Note(index);
            (told, toldHeight) = (index.ReadFeed(0, 1000, null, null).Events, index.Tip!.Height);
            (file, synced) = (Read(Database), new FileInfo(Log).Length);

            // Steps nobody was told of: one block each, a branch that takes three of them back, and more.
            ApplyBlocks(index, 6, 5);
            var common = _node.Height - 3;
            _node.CutTo(common);
            MineRecords(20, 4);
            index.Apply(common, [.. Enumerable.Range(common + 1, 4).Select(h => Incoming(index, h))]);
            Note(index);
            ApplyBlocks(index, 30, 5);
            log = Read(Log);
            Assert.Equal(file, Read(Database));
        }

        Assert.True(log.Length > synced);
        var reached = new HashSet<long>();
        for (var seed = 0; seed < Losses; seed++)
        {
            var survived = Survivor(new Random(seed), log, synced);
            var path = Path.Combine(_folder, $"after-{seed}.db");
            await File.WriteAllBytesAsync(path, file, TestContext.Current.CancellationToken);
            await File.WriteAllBytesAsync(path + "-wal", survived, TestContext.Current.CancellationToken);
            using var index = LedgerIndex.Open(path, FloNetwork.Regtest);
            Assert.Equal(_states[index.Tip!.Hash], index.Read(Oips.Dump));
            Assert.True(index.Tip.Height >= toldHeight);
            Assert.Equal(told, index.ReadStore(s => s.ReadEvents(0, told.Count)));
            reached.Add(index.Tip.Height);

            Assert.True(await CatchUpAsync(index));
            Assert.Equal(_node.Best[^1].Hash.ToString(), index.Tip.Hash);
            Assert.Equal(_states[index.Tip.Hash], index.Read(Oips.Dump));
        }

        Assert.True(reached.Count > 3, "The losses were all at the same place.");
    }

    private static async Task<bool> CatchUpAsync(LedgerIndex index, MinedChain node) => await new LedgerFollower(
        node, index, new FollowerOptions { StepBudget = TimeSpan.FromMinutes(5) }, TimeProvider.System).CatchUpAsync(TestContext.Current.CancellationToken);

    private Task<bool> CatchUpAsync(LedgerIndex index) => CatchUpAsync(index, _node);

    private void MineRecords(int first, int count)
    {
        for (var i = first; i < first + count; i++)
        {
            _node.Mine(Encoding.UTF8.GetString(RecordBuilder.PublishComment(RecordBuilder.Sign(
                RecordBuilder.BuildTomogram(new TomogramDraft { Title = $"record {i}", Species = "E. coli", Date = 1, Location = $"folder {i}" }, Lab.Address, 1_700_000_000 + i), Lab))));
        }
    }

    private void ApplyBlocks(LedgerIndex index, int first, int count)
    {
        for (var i = 0; i < count; i++)
        {
            MineRecords(first + i, 1);
            index.Apply(_node.Height - 1, [Incoming(index, _node.Height)]);
            Note(index);
        }
    }

    private IncomingBlock Incoming(LedgerIndex index, int height) => IncomingBlock.Read(_node.Best[height], height, index.Reader);

    private void Note(LedgerIndex index) => _states[index.Tip!.Hash] = index.Read(Oips.Dump);

    /// <summary>What was synced, and of the rest what a disk may have kept.</summary>
    private static byte[] Survivor(Random random, byte[] log, long synced)
    {
        var survived = log[..random.Next((int)synced, log.Length + 1)];
        for (var losses = random.Next(3); losses > 0 && survived.Length - synced > Sector; losses--)
        {
            var at = random.Next((int)synced, survived.Length - Sector);
            var sector = survived.AsSpan(at, Sector);
            if (random.Next(2) == 0)
            {
                sector.Clear();
            }
            else
            {
                random.NextBytes(sector);
            }
        }

        return survived;
    }

    private static byte[] Read(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
