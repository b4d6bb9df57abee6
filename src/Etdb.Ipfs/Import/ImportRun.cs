using System.Text;
using Etdb.Ipfs.Dag;
using Etdb.Ipfs.UnixFs;

namespace Etdb.Ipfs.Import;

/// <summary>
/// One import under way. Workers read and hash the chunks of a window at once; then this one consumer looks at them in order, builds the file and folder
/// nodes, and gives the blocks to the writer while the next window is being hashed.
/// </summary>
internal sealed class ImportRun(ImportOptions options, IBlockWriter? writer)
{
    private readonly Stack<Folder> _folders = new();
    private List<Block> _blocks = [];
    private List<ImportUnit> _held = [];
    private List<ImportJournal.Entry> _notes = [];
    private Task _writing = Task.CompletedTask;
    private BalancedFile? _file;
    private DagPart? _root;
    private long _bytes;
    private long _files;
    private long _count;
    private long _countBefore;
    private long _nextNote;

    /// <summary>Hashes a window, waits for the writing of the one before, starts the writing of this one.</summary>
    public async Task ProcessAsync(List<ImportUnit> window, CancellationToken cancellationToken)
    {
        HashAll(window, cancellationToken);
        foreach (var unit in window)
        {
            await TakeAsync(unit, cancellationToken).ConfigureAwait(false);
        }

        if (window.Count > 0)
        {
            options.Progress?.Report(new ImportProgress(_bytes, _files, _count, window[^1].Item.FullPath));
        }

        if (writer is not null)
        {
            _held.AddRange(window);
        }

        await FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits for the last blocks.</summary>
    public async Task<ImportResult> FinishAsync(CancellationToken cancellationToken)
    {
        await FlushAsync(cancellationToken).ConfigureAwait(false);
        await _writing.ConfigureAwait(false);
        return new ImportResult(_root ?? throw new InvalidOperationException("Nothing was imported."), _bytes, _files, _count);
    }

    /// <summary>Waits until nothing is being written any more; for an import that ends early, whose own error is the one to tell.</summary>
    public async Task SettleAsync() => await _writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private void HashAll(List<ImportUnit> window, CancellationToken cancellationToken)
    {
        var keep = writer is not null;
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.WorkerCount, CancellationToken = cancellationToken };
        try
        {
            Parallel.ForEach(System.Collections.Concurrent.Partitioner.Create(window, true), parallel, unit => unit.Work(options.Profile, keep));
        }
        catch (AggregateException e) when (e.Flatten().InnerExceptions.OfType<ImportException>().FirstOrDefault() is { } first)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(first);
        }
    }

    private async ValueTask TakeAsync(ImportUnit unit, CancellationToken cancellationToken)
    {
        switch (unit.Item.Step)
        {
            case TreeStep.Open:
                _folders.Push(new Folder(unit.Item.Name));
                return;
            case TreeStep.Close:
                var folder = _folders.Pop();
                Place(folder.Name, MakeFolder(folder, unit.Item.FullPath));
                return;
            case TreeStep.Part:
                Place(unit.Item.Name, unit.Item.Part);
                return;
            case TreeStep.Link:
                Place(unit.Item.Name, MakeLink(unit.Item));
                return;
            case TreeStep.File:
                await TakeChunkAsync(unit, cancellationToken).ConfigureAwait(false);
                return;
            default:
                throw new InvalidOperationException($"Step {unit.Item.Step}.");
        }
    }

    private async ValueTask TakeChunkAsync(ImportUnit unit, CancellationToken cancellationToken)
    {
        if (unit.Known is { IsDone: true } done)
        {
            _bytes += done.Bytes;
            _count += done.Blocks;
            _files++;
            Place(unit.Item.Name, done.ToLevels().Single().Single());
            return;
        }

        _file ??= BeginFile(unit.Known);
        _file.Add(new DagPart(unit.Leaf.Cid, (ulong)unit.Length, (ulong)unit.LeafBytes));
        _bytes += unit.Length;
        Count(unit.Leaf);
        if (!unit.IsLast)
        {
            NoteProgress(unit, _file);
            return;
        }

        var part = _file.Finish();
        _file = null;
        _files++;
        if (unit.Source is { } source)
        {
            var unchanged = source.EndedUnchanged();
            source.Dispose();
            if (unchanged)
            {
                Note(source, source.Bytes, true, [[part]]);
            }
            else
            {
                part = await RereadAsync(unit.Item, source.Bytes, cancellationToken).ConfigureAwait(false);
            }
        }

        Place(unit.Item.Name, part);
    }

    private BalancedFile BeginFile(ImportJournal.Entry? known)
    {
        var file = new BalancedFile(options.Profile, Emit);
        _countBefore = _count;
        _nextNote = ImportJournal.CheckpointBytes;
        if (known is not null)
        {
            file.Restore(known.ToLevels());
            _bytes += known.Offset;
            _count += known.Blocks;
            _nextNote += known.Offset;
        }

        return file;
    }

    private void NoteProgress(ImportUnit unit, BalancedFile file)
    {
        var offset = unit.Offset + unit.Length;
        if (unit.Source is { } source && offset >= _nextNote)
        {
            _nextNote = offset + ImportJournal.CheckpointBytes;
            Note(source, offset, false, file.Levels);
        }
    }

    private void Note(SourceFile source, long offset, bool isDone, IEnumerable<IEnumerable<DagPart>> levels)
    {
        if (options.Journal is not null)
        {
            _notes.Add(new ImportJournal.Entry(
                source.Path, source.Bytes, source.ChangedAt.Ticks, offset, isDone, _count - _countBefore, ImportJournal.Entry.FromLevels(levels)));
        }
    }

    /// <summary>Reads a changed file anew, by itself, until it stays the same from first to last byte.</summary>
    private async ValueTask<DagPart> RereadAsync(TreeItem item, long counted, CancellationToken cancellationToken)
    {
        for (var attempt = 1; attempt <= options.MaxRereads; attempt++)
        {
            if (!File.Exists(item.FullPath))
            {
                break;
            }

            var again = item with { Bytes = new FileInfo(item.FullPath).Length };
            try
            {
                var inner = options with { MaxRereads = 0, Progress = null, Journal = null };
                await FlushAsync(cancellationToken).ConfigureAwait(false);
                await _writing.ConfigureAwait(false);
                var result = await new UnixFsImporter(inner, writer).ImportItemsAsync([again], cancellationToken).ConfigureAwait(false);
                _bytes += result.Bytes - counted;
                _count += result.Blocks;
                return result.Root;
            }
            catch (ImportException e) when (e.Problem == ImportProblem.FileChanged)
            {
                continue;
            }
        }

        throw new ImportException(
            ImportProblem.FileChanged, item.FullPath, $"'{item.FullPath}' changed while it was read; import it when whatever writes it has finished.");
    }

    private DagPart MakeLink(TreeItem item)
    {
        var data = new UnixFsData(UnixFsType.Symlink) { Data = Encoding.UTF8.GetBytes(item.LinkTarget!) };
        var block = new DagPbNode([], data.Encode()).ToBlock(options.Profile.CidVersion);
        Emit(block);
        return new DagPart(block.Cid, 0, (ulong)block.Data.Length);
    }

    private DagPart MakeFolder(Folder folder, string path)
    {
        try
        {
            return DirectoryBuilder.Build(folder.Children, options.Profile, Emit);
        }
        catch (ArgumentException e)
        {
            throw new ImportException(ImportProblem.BadName, path, $"Folder '{path}' cannot be written: {e.Message}", e);
        }
    }

    private void Place(string name, DagPart part)
    {
        if (_folders.TryPeek(out var folder))
        {
            folder.Children.Add(new DirectoryChild(Encoding.UTF8.GetBytes(name), part));
        }
        else
        {
            _root = part;
        }
    }

    private void Emit(Block block) => Count(block);

    private void Count(Block block)
    {
        _count++;
        if (writer is not null)
        {
            _blocks.Add(block);
        }
    }

    /// <summary>Hands all blocks so far to the writer; when it has them, the buffers go back to the pool and the journal is written.</summary>
    private async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        await _writing.ConfigureAwait(false);
        if (_blocks.Count == 0 && _held.Count == 0 && _notes.Count == 0)
        {
            return;
        }

        _writing = WriteAsync(_blocks, _held, _notes, cancellationToken);
        (_blocks, _held, _notes) = ([], [], []);
    }

    private async Task WriteAsync(List<Block> blocks, List<ImportUnit> held, List<ImportJournal.Entry> notes, CancellationToken cancellationToken)
    {
        await Task.Yield();
        if (writer is not null)
        {
            await writer.PutManyAsync(blocks, cancellationToken).ConfigureAwait(false);
            held.ForEach(static unit => unit.Release());
        }

        options.Journal?.Append(notes);
    }

    private sealed record Folder(string Name)
    {
        public List<DirectoryChild> Children { get; } = [];
    }
}
