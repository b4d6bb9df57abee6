using System.CommandLine;
using Etdb.Cli.CommandLine;
using Etdb.Ipfs.Import;

namespace Etdb.Cli.Ipfs;

/// <summary><c>etdb ipfs cid PATH</c>: the CID that adding the path to a node would give, without any node.</summary>
internal static class CidCommand
{
    public static Command Build()
    {
        var command = new Command("cid", "Compute the CID of a file or folder, without any node.");
        var arguments = new ImportArguments();
        arguments.AddTo(command);
        var journal = new Option<string?>("--journal") { Description = "Note finished work in this file and go on from there after a stop; useful from hundreds of GiB on." };
        command.Options.Add(journal);
        command.Does((result, output, cancellationToken) => RunAsync(result, arguments, result.GetValue(journal), output, cancellationToken));
        return command.WithExamples(
            "etdb ipfs cid tomogram.mrc",
            "etdb ipfs cid dataset/ --profile unixfs-v1-2025 --json",
            "etdb ipfs cid tomogram.mrc --cid-version 1 --chunker size-1048576",
            "etdb ipfs cid /archive/2015 --journal /var/tmp/2015.journal");
    }

    private static async Task<int> RunAsync(ParseResult result, ImportArguments arguments, string? journalPath, CliOutput output, CancellationToken cancellationToken)
    {
        using var progress = new ImportProgressLine(output);
        var options = arguments.Read(result, progress);
        var path = result.GetValue(arguments.Path)!;
        using var journal = journalPath is null ? null : ImportJournal.Open(journalPath, options.Profile);
        options = options with { Journal = journal };
        var done = await ImportArguments.GuardAsync(() => new UnixFsImporter(options, null).ImportPathAsync(path, cancellationToken));
        output.Write(new { cid = done.Cid.ToString(), bytes = done.Bytes, blocks = done.Blocks, files = done.Files }, text => text.WriteLine(done.Cid));
        return CliExit.Done;
    }
}
