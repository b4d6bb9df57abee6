using Etdb.Ipfs.Import;
using Etdb.Ipfs.Node.Pins;
using Etdb.Ipfs.UnixFs;

namespace Etdb.Ipfs.Node;

public sealed partial class EmbeddedNode
{
    /// <summary>Imports a file or folder from disk and pins it; all of it is on disk when this returns.</summary>
    /// <exception cref="ImportException">The path cannot be read as it is.</exception>
    /// <exception cref="Store.BlockStoreException">The store is full or its disk failed; what was written stays, unpinned.</exception>
    public Task<ImportResult> AddPathAsync(string path, ImportOptions options, bool pin, CancellationToken cancellationToken) =>
        AddAsync(options, pin, (importer, token) => importer.ImportPathAsync(path, token), cancellationToken);

    /// <summary>Imports one file from a stream and pins it; all of it is on disk when this returns.</summary>
    public Task<ImportResult> AddStreamAsync(Stream stream, ImportOptions options, bool pin, CancellationToken cancellationToken) =>
        AddAsync(options, pin, (importer, token) => importer.ImportStreamAsync(stream, token), cancellationToken);

    private async Task<ImportResult> AddAsync(
        ImportOptions options, bool pin, Func<UnixFsImporter, CancellationToken, Task<ImportResult>> import, CancellationToken cancellationToken)
    {
        Repository.Check();
        using var lease = Repository.Blocks.Lease();
        var writer = new StoreWriter(Repository.Blocks);
        var result = await import(new UnixFsImporter(options, writer), cancellationToken).ConfigureAwait(false);
        await writer.FlushAsync(cancellationToken).ConfigureAwait(false);
        if (pin)
        {
            Repository.Pins.Add([new Pin(result.Cid, PinKind.Recursive, null)]);
        }

        return result;
    }
}
