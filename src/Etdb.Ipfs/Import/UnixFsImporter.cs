using Etdb.Ipfs.Dag;
using Etdb.Ipfs.UnixFs;

namespace Etdb.Ipfs.Import;

/// <summary>
/// Turns files and folders into UnixFS blocks. The same bytes and profile give the same CID as Kubo and js-ipfs, on any number of threads. Memory is
/// limited by <see cref="WindowBytes"/> and the names of the folders that are open, whatever the size of a file. Blocks are put in one fixed order,
/// children before parents, so that a root is only written when all below it is.
/// </summary>
public sealed class UnixFsImporter
{
    /// <summary>Bytes read and hashed between two looks at the results: some ten milliseconds of work, which hides the wait for the slowest thread.</summary>
    public const int WindowBytes = 32 << 20;

    /// <summary>Most pieces of work in a window: small files and folders.</summary>
    public const int WindowUnits = 1024;

    private readonly ImportOptions _options;
    private readonly IBlockWriter? _writer;

    /// <summary>An importer that writes to <paramref name="writer"/>; null computes the CID only.</summary>
    /// <exception cref="ArgumentException">The profile's fields do not go together.</exception>
    public UnixFsImporter(ImportOptions options, IBlockWriter? writer)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Profile.Problem() is { } problem)
        {
            throw new ArgumentException("The import profile cannot be used: " + problem + ".", nameof(options));
        }

        _options = options;
        _writer = writer;
    }

    /// <summary>Imports a file, or a folder with everything in it.</summary>
    /// <exception cref="ImportException">It could not be read as it is; the message says which path and why.</exception>
    public Task<ImportResult> ImportPathAsync(string path, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return ImportItemsAsync(new TreeScanner(_options).Scan(path), cancellationToken);
    }

    /// <summary>Imports one file from a stream, read to its end.</summary>
    public async Task<ImportResult> ImportStreamAsync(Stream stream, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var run = new ImportRun(_options, _writer);
        try
        {
            await ReadAheadAsync(run, stream, cancellationToken).ConfigureAwait(false);
            return await run.FinishAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await run.SettleAsync().ConfigureAwait(false);
        }
    }

    /// <summary>While a window is hashed and written the next is being read.</summary>
    private async Task ReadAheadAsync(ImportRun run, Stream stream, CancellationToken cancellationToken)
    {
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var windows = StreamWindows.ReadAsync(stream, _options, reading.Token).GetAsyncEnumerator(reading.Token);
        await using (windows.ConfigureAwait(false))
        {
            var next = windows.MoveNextAsync().AsTask();
            try
            {
                while (await next.ConfigureAwait(false))
                {
                    var window = windows.Current;
                    next = windows.MoveNextAsync().AsTask();
                    await run.ProcessAsync(window, cancellationToken).ConfigureAwait(false);
                }
            }
            finally
            {
                // A full disk must not wait for a slow sender; and what reads must have ended before it is disposed of.
                await reading.CancelAsync().ConfigureAwait(false);
                await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    internal async Task<ImportResult> ImportItemsAsync(IEnumerable<TreeItem> items, CancellationToken cancellationToken)
    {
        var run = new ImportRun(_options, _writer);
        try
        {
            foreach (var window in FileWindows.Plan(items, _options))
            {
                await run.ProcessAsync(window, cancellationToken).ConfigureAwait(false);
            }

            return await run.FinishAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await run.SettleAsync().ConfigureAwait(false);
        }
    }
}
