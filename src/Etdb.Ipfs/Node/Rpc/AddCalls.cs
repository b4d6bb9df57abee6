using System.Globalization;
using System.Net;
using Etdb.Ipfs.Dag;
using Etdb.Ipfs.Import;
using Etdb.Ipfs.Node.Pins;
using Etdb.Ipfs.UnixFs;
using Microsoft.AspNetCore.WebUtilities;

namespace Etdb.Ipfs.Node.Rpc;

/// <summary><c>add</c>: files and folders in a multipart body, streamed to disk.</summary>
internal static class AddCalls
{
    private const string FolderType = "application/x-directory";

    public static IEnumerable<KeyValuePair<string, RpcHandler>> All => [new("add", AddAsync)];

    private static async Task AddAsync(RpcCall call)
    {
        call.Node.Repository.Check();
        var profile = AddOptions.ProfileOf(call);
        var onlyHash = call.Flag("only-hash", false);
        var tree = new AddedTree(profile, call.Flag("wrap-with-directory", false));
        var writer = onlyHash ? null : new StoreWriter(call.Node.Repository.Blocks);
        using var lease = call.Node.Repository.Blocks.Lease();
        await foreach (var file in call.FilesAsync().ConfigureAwait(false))
        {
            await AddPartAsync(call, file, tree, profile, writer).ConfigureAwait(false);
        }

        var blocks = new List<Block>();
        var folders = tree.Finish(blocks.Add);
        if (writer is not null)
        {
            await writer.PutManyAsync(blocks, call.Token).ConfigureAwait(false);
            await writer.FlushAsync(call.Token).ConfigureAwait(false);
            if (call.Flag("pin", true))
            {
                call.Node.Repository.Pins.Add([.. tree.Roots(folders).Select(part => new Pin(part.Cid, PinKind.Recursive, call.Text("pin-name")))]);
            }
        }

        // Told only now, since nothing is acknowledged before it is on disk; the root of all comes last, as in Kubo.
        foreach (var (path, part) in tree.Files.Concat(folders))
        {
            await SayAsync(call, path, part).ConfigureAwait(false);
        }
    }

    private static async Task AddPartAsync(RpcCall call, MultipartSection file, AddedTree tree, ImportProfile profile, StoreWriter? writer)
    {
        var disposition = file.GetContentDispositionHeader();
        var name = WebUtility.UrlDecode(disposition?.FileNameStar.Value ?? disposition?.FileName.Value ?? string.Empty).Trim('"');
        switch (file.ContentType)
        {
            case FolderType:
                tree.AddFolder(name);
                return;
            case "application/symlink":
                throw RpcException.BadArgument($"'{name}' is a symbolic link, which this node does not take");
            default:
                break;
        }

        var importer = new UnixFsImporter(new ImportOptions { Profile = profile, Workers = call.Node.Options.ImportWorkers }, writer);
        var result = await importer.ImportStreamAsync(file.Body, call.Token).ConfigureAwait(false);
        tree.AddFile(name, result.Root);
    }

    private static Task SayAsync(RpcCall call, string path, DagPart part)
    {
        var cid = part.Cid.ToString();
        return call.WriteLineAsync(new { Name = path.Length > 0 ? path : cid, Hash = cid, Size = part.TotalBytes.ToString(CultureInfo.InvariantCulture) });
    }
}
