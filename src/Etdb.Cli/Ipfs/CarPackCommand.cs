using System.CommandLine;
using Etdb.Cli.CommandLine;
using Etdb.Ipfs.Car;

namespace Etdb.Cli.Ipfs;

/// <summary><c>etdb ipfs car pack PATH -o F</c>.</summary>
internal static class CarPackCommand
{
    public static Command Build()
    {
        var command = new Command("pack", "Pack a file or folder into a CAR; its root is what 'ipfs cid' says with the same options.");
        var arguments = new ImportArguments();
        arguments.AddTo(command);
        var to = new Option<string>("--output", "-o") { Description = "The CAR file to write; replaced when it exists.", Required = true };
        var index = new Option<bool>("--index") { Description = "Write CAR version 2 with an index for random access." };
        command.Options.Add(to);
        command.Options.Add(index);
        command.Does(async (result, output, cancellationToken) =>
        {
            using var progress = new ImportProgressLine(output);
            var options = arguments.Read(result, progress);
            var (path, car, withIndex) = (result.GetValue(arguments.Path)!, result.GetValue(to)!, result.GetValue(index));
            var done = await ImportArguments.GuardAsync(() => CarPacker.PackAsync(path, car, options, withIndex, cancellationToken));
            output.Write(
                new { cid = done.Cid.ToString(), bytes = done.Bytes, blocks = done.Blocks, files = done.Files, car, carBytes = new FileInfo(car).Length },
                text => text.WriteLine(done.Cid));
            return CliExit.Done;
        });
        return command.WithExamples("etdb ipfs car pack dataset/ -o dataset.car", "etdb ipfs car pack dataset/ -o dataset.car --profile unixfs-v1-2025 --index");
    }
}
