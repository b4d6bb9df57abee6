using System.CommandLine;
using Etdb.Cli.CommandLine;
using Etdb.Ipfs.Car;
using Etdb.Ipfs.Dag;
using Etdb.Ipfs.Export;

namespace Etdb.Cli.Ipfs;

/// <summary><c>etdb ipfs car unpack F -o DIR</c>: may be run again after a stop and goes on where it was.</summary>
internal static class CarUnpackCommand
{
    public static Command Build()
    {
        var command = new Command("unpack", "Write the files of a CAR to a folder; every block is hashed first. Run it again to go on after a stop.");
        var file = new Argument<string>("file") { Description = "The CAR file, version 1 or 2." };
        var to = new Option<string>("--output", "-o") { Description = "The folder; made when it does not exist.", Required = true };
        var reserved = new Option<bool>("--allow-reserved-names") { Description = "Also write names that some systems cannot hold, such as CON or a:b." };
        var links = new Option<ExportLinks>("--symlinks") { Description = "refuse, skip or create.", DefaultValueFactory = _ => ExportLinks.Refuse };
        command.Arguments.Add(file);
        command.Options.Add(to);
        command.Options.Add(reserved);
        command.Options.Add(links);
        command.Does((result, output, cancellationToken) =>
        {
            var options = new ExportOptions { AllowReservedNames = result.GetValue(reserved), Links = result.GetValue(links) };
            return RunAsync(result.GetValue(file)!, result.GetValue(to)!, options, output, cancellationToken);
        });
        return command.WithExamples("etdb ipfs car unpack dataset.car -o dataset/", "etdb ipfs car unpack dataset.car -o dataset/ --symlinks create --json");
    }

    private static async Task<int> RunAsync(string file, string folder, ExportOptions options, CliOutput output, CancellationToken cancellationToken)
    {
        using var car = await CarFile.OpenAsync(file, cancellationToken);
        if (car.Header.Roots.Count == 0)
        {
            throw new CliException($"'{file}' names no root, so there is nothing to unpack.");
        }

        var results = new List<ExportResult>();
        foreach (var root in car.Header.Roots)
        {
            // Several roots get a folder each, so that their names cannot meet.
            var target = car.Header.Roots.Count == 1 ? folder : Path.Combine(folder, root.ToString());
            results.Add(await ExportAsync(car, root, target, options, cancellationToken));
        }

        output.Write(
            new
            {
                roots = results.Select(done => done.Root.ToString()).ToArray(),
                files = results.Sum(done => done.Files),
                folders = results.Sum(done => done.Folders),
                bytes = results.Sum(done => done.Bytes),
                bytesReused = results.Sum(done => done.BytesReused),
                symlinksSkipped = results.Sum(done => done.LinksSkipped),
                folder,
            },
            text => text.WriteLine($"{results.Sum(done => done.Files)} files, {results.Sum(done => done.Bytes)} bytes in {folder}"));
        return CliExit.Done;
    }

    private static async Task<ExportResult> ExportAsync(CarFile car, Etdb.Ipfs.Cids.Cid root, string target, ExportOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return await new UnixFsExporter(car, options).ExportAsync(root, target, null, cancellationToken);
        }
        catch (ExportException e)
        {
            throw new CliException(e.Message, e);
        }
        catch (DagException e)
        {
            throw new CliException(e.Message + " What was finished before stays.", e) { ExitCode = CliExit.No };
        }
    }
}
