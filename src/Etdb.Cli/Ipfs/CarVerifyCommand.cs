using System.CommandLine;
using Etdb.Cli.CommandLine;
using Etdb.Ipfs.Car;

namespace Etdb.Cli.Ipfs;

/// <summary><c>etdb ipfs car verify F</c>: exit 0 when every block is what it is named and none is missing, else 1.</summary>
internal static class CarVerifyCommand
{
    public static Command Build()
    {
        var command = new Command("verify", "Hash every block of a CAR and look for blocks that are linked to and missing.");
        var file = new Argument<string>("file") { Description = "The CAR file, version 1 or 2." };
        command.Arguments.Add(file);
        command.Does(async (result, output, cancellationToken) =>
        {
            await using var stream = new FileStream(result.GetValue(file)!, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.SequentialScan);
            var verdict = await CarVerifier.VerifyAsync(stream, cancellationToken);
            output.Write(ToJson(verdict), text => Say(text, verdict));
            return verdict.IsComplete ? CliExit.Done : CliExit.No;
        });
        return command.WithExamples("etdb ipfs car verify dataset.car", "etdb ipfs car verify dataset.car --json");
    }

    private static object ToJson(CarVerdict verdict) => new
    {
        valid = verdict.IsValid,
        complete = verdict.IsComplete,
        version = verdict.Version,
        roots = verdict.Roots.Select(root => root.ToString()).ToArray(),
        blocks = verdict.Blocks,
        bytes = verdict.Bytes,
        corrupt = verdict.Bad.Select(fault => new { cid = fault.Cid.ToString(), offset = fault.Offset, problem = fault.Problem }).ToArray(),
        missing = verdict.Missing.Select(cid => cid.ToString()).ToArray(),
        corruptCount = verdict.BadCount,
        missingCount = verdict.MissingCount,
        error = verdict.Error,
    };

    private static void Say(TextWriter text, CarVerdict verdict)
    {
        text.WriteLine($"CAR version {verdict.Version}, {verdict.Roots.Count} root(s), {verdict.Blocks} blocks, {verdict.Bytes} bytes");
        foreach (var fault in verdict.Bad)
        {
            text.WriteLine($"bad      {fault.Cid} at byte {fault.Offset}: {fault.Problem}");
        }

        foreach (var cid in verdict.Missing)
        {
            text.WriteLine($"missing  {cid}");
        }

        if (verdict.Error is { } error)
        {
            text.WriteLine($"broken   {error}");
        }

        text.WriteLine(verdict.IsComplete ? "complete" : $"NOT complete: {verdict.BadCount} bad, {verdict.MissingCount} missing");
    }
}
