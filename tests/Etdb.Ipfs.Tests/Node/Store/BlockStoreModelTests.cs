using Etdb.Ipfs.Node.Store;

namespace Etdb.Ipfs.Tests.Node.Store;

/// <summary>
/// Aim: after any list of operations, reopenings, torn writes and flipped bits, the store holds what a dictionary holds. Method: a seed makes the list; the
/// dictionary is the model; a crash cuts the files back to a random place behind the last acknowledged write, or fills that tail with rubbish.
/// </summary>
public sealed class BlockStoreModelTests
{
    private static readonly int Scale = int.TryParse(Environment.GetEnvironmentVariable("ETDB_TEST_SCALE"), out var scale) ? scale : 1;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task The_store_does_what_a_dictionary_does(int seed)
    {
        for (var round = 0; round < Scale; round++)
        {
            await using var run = new Run(seed + (1000 * round));
            for (var step = 0; step < 400; step++)
            {
                await run.StepAsync();
            }

            await run.CheckAllAsync();
        }
    }

    private sealed class Run : IAsyncDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("etdb-model-").FullName;
        private readonly Random _random;
        private readonly Dictionary<BlockKey, byte[]> _model = [];
        private readonly HashSet<BlockKey> _rotten = [];
        private readonly string _name;
        private BlockStore _store;

        public Run(int seed)
        {
            _name = $"seed {seed}";
            _random = new Random(seed);
            _store = Open();
        }

        private static CancellationToken Token => TestContext.Current.CancellationToken;

        public Task StepAsync() => _random.Next(100) switch
        {
            < 45 => PutAsync(),
            < 55 => BatchAsync(),
            < 70 => Done(Remove),
            < 80 => Done(ReadOne),
            < 86 => Done(Rot),
            < 90 => SweepAsync(),
            < 95 => ReopenAsync(),
            _ => CrashAsync(),
        };

        public Task CheckAllAsync()
        {
            foreach (var (key, data) in _model)
            {
                var read = _store.Read(key);
                Assert.True(read.Status == (_rotten.Contains(key) ? ReadStatus.Corrupt : ReadStatus.Found), $"{_name}: {key} is {read.Status}");
                Assert.True(!read.Found || read.Data.Span.SequenceEqual(data), _name);
            }

            var stat = _store.Stat();
            Assert.Equal(_model.Count - _rotten.Count, stat.Blocks);
            Assert.Equal(_model.Values.Sum(static data => SegmentFormat.RecordSize(data.Length)), stat.Bytes);
            return Task.CompletedTask;
        }

        public async ValueTask DisposeAsync()
        {
            await _store.DisposeAsync();
            Directory.Delete(_folder, recursive: true);
        }

        private static Task Done(Action action)
        {
            action();
            return Task.CompletedTask;
        }

        private byte[] NewBlock()
        {
            var bytes = new byte[_random.Next(4) == 0 ? _random.Next(3) : _random.Next(9000)];
            _random.NextBytes(bytes);
            return bytes;
        }

        private BlockKey? Any() => _model.Count == 0 ? null : _model.Keys.Order().ElementAt(_random.Next(_model.Count));

        private async Task PutAsync()
        {
            var block = _random.Next(4) == 0 && Any() is { } known ? _model[known] : NewBlock();
            var key = BlockKey.Of(block);
            var here = _model.ContainsKey(key) && !(_rotten.Contains(key) && _store.IsQuarantined(key));
            var outcome = await _store.PutAsync(key, block, Token);
            Assert.Equal(here ? PutOutcome.Present : PutOutcome.Stored, outcome);
            if (outcome == PutOutcome.Stored)
            {
                _rotten.Remove(key);
            }

            _model[key] = block;
        }

        private async Task BatchAsync()
        {
            var batch = _store.BeginBatch();
            for (var i = _random.Next(20); i >= 0; i--)
            {
                var block = NewBlock();
                _model[BlockKey.Of(block)] = block;
                _rotten.RemoveWhere(key => key == BlockKey.Of(block) && _store.IsQuarantined(key));
                await batch.AddAsync(BlockKey.Of(block), block, Token);
            }

            Assert.Equal(PutOutcome.Stored, await batch.FlushAsync(Token));
        }

        private void Remove()
        {
            if (Any() is { } key)
            {
                Assert.True(_store.Remove(key), _name);
                _model.Remove(key);
                _rotten.Remove(key);
            }
        }

        private void ReadOne()
        {
            if (Any() is { } key)
            {
                Assert.Equal(_rotten.Contains(key) ? ReadStatus.Corrupt : ReadStatus.Found, _store.Read(key).Status);
            }

            Assert.Equal(ReadStatus.NotFound, _store.Read(BlockKey.Of(BitConverter.GetBytes(_random.NextInt64()))).Status);
        }

        private void Rot()
        {
            if (Any() is not { } key || _rotten.Contains(key) || _store.Locate(key) is not { Length: > 0 } place)
            {
                return;
            }

            var at = place.DataOffset + _random.Next(place.Length);
            using (var file = File.OpenHandle(place.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete))
            {
                var one = new byte[1];
                RandomAccess.Read(file, one, at);
                one[0] ^= (byte)(1 << _random.Next(8));
                RandomAccess.Write(file, one, at);
            }

            _rotten.Add(key);
            Assert.Equal(ReadStatus.Corrupt, _store.Read(key).Status); // found now, so that the model need not know when
        }

        private async Task SweepAsync()
        {
            var keep = _model.Keys.Order().Where(_ => _random.Next(3) > 0).ToHashSet();
            keep.UnionWith(_rotten);
            var sweep = _store.BeginSweep();
            foreach (var key in keep)
            {
                sweep.Mark(key);
            }

            var removed = sweep.RemoveUnmarked(Token);
            Assert.Equal(_model.Keys.Where(key => !keep.Contains(key)).Order(), removed.Order());
            foreach (var key in removed)
            {
                _model.Remove(key);
            }

            await CheckAllAsync();
        }

        private async Task ReopenAsync()
        {
            await _store.DisposeAsync();
            _store = Open();
            await CheckAllAsync();
        }

        /// <summary>The machine dies: the side file of the newest segment was never written and what lay behind the last acknowledgement is anything.</summary>
        private async Task CrashAsync()
        {
            await _store.DisposeAsync();
            if (Directory.GetFiles(_folder, "*.blk").Order(StringComparer.Ordinal).LastOrDefault() is { } path)
            {
                File.Delete(Path.ChangeExtension(path, ".idx"));
                var torn = new byte[_random.Next(5000)];
                _random.NextBytes(torn);
                if (torn.Length > SegmentFormat.HeaderSize && _random.Next(2) == 0)
                {
                    var block = NewBlock();
                    SegmentFormat.WriteHeader(torn, BlockKey.Of(block), block.Length + 1, RecordState.Live); // a good header before bytes that never came
                }

                using var file = new FileStream(path, FileMode.Append, FileAccess.Write);
                await file.WriteAsync(torn, Token);
            }

            _store = Open();
            await CheckAllAsync();
        }

        private BlockStore Open() => BlockStore.Open(_folder, new BlockStoreOptions { SegmentBytes = 64 << 10, ReserveBytes = 0 });
    }
}
