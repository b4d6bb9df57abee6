using System.CommandLine;
using Etdb.Cli.CommandLine;
using Etdb.Storage.Transfer;

namespace Etdb.Cli.Storage;

/// <summary><c>etdb export</c> and <c>etdb import</c>: everything as JSON lines, from either database into either.</summary>
internal static class TransferCommands
{
    private static readonly Option<string?> Out = new("--out") { Description = "File to write; default stdout.", HelpName = "FILE" };
    private static readonly Option<string> From = new("--from") { Description = "File written by 'etdb export'.", Required = true, HelpName = "FILE" };
    private static readonly Option<bool> Check = new("--check") { Description = "Only check the file." };

    public static Command BuildExport() => new Command("export", "Write everything a silo or cluster stores as JSON lines, while it works.") { Out }
        .WithStorage()
        .WithExamples("etdb export --config silo.json --out etdb.jsonl", "etdb export --data /var/lib/etdb/silo | gzip > etdb.jsonl.gz")
        .Does((result, output, ct) => StorageOptions.RunAsync(() => ExportAsync(result, output, ct)));

    public static Command BuildImport() => new Command("import", "Read an export into an empty database of either kind. Moves a cluster from SQLite to PostgreSQL.") { From, Check, StorageOptions.Yes }
        .WithStorage()
        .WithExamples("etdb import --config postgres.json --from etdb.jsonl", "etdb import --data ./new-silo --from etdb.jsonl --check")
        .Does((result, output, ct) => StorageOptions.RunAsync(() => ImportAsync(result, output, ct)));

    private static async Task<int> ExportAsync(ParseResult result, CliOutput output, CancellationToken ct)
    {
        await using var site = StorageOptions.Existing(StorageOptions.Silo(result));
        var now = TimeProvider.System.GetUtcNow();
        if (result.GetValue(Out) is not { } path)
        {
            await using var stdout = Console.OpenStandardOutput();
            await using var buffered = new BufferedStream(stdout, 1 << 16);
            await StorageExport.WriteAsync(site, buffered, now, null, ct);
            return CliExit.Done;
        }

        var counts = await WithProgressAsync(output, progress => StorageExport.ToFileAsync(site, path, now, progress, ct));
        output.Write(new { file = Path.GetFullPath(path), rows = counts }, text => Print(text, $"Exported '{site.Name}' to {path}:", counts));
        return CliExit.Done;
    }

    private static async Task<int> ImportAsync(ParseResult result, CliOutput output, CancellationToken ct)
    {
        var path = Path.GetFullPath(result.GetValue(From)!);
        var export = await WithProgressAsync(output, progress => StorageImport.CheckAsync(path, progress, ct));
        var counts = export.Counts;
        if (result.GetValue(Check))
        {
            output.Write(new { imported = false, file = path, rows = counts }, text => Print(text, $"'{path}' is whole:", counts));
            return CliExit.Done;
        }

        var silo = StorageOptions.Silo(result);
        using var held = StorageOptions.Hold(silo);
        await using var site = StorageOptions.Site(silo);
        if (!StorageOptions.Confirmed(result, output, $"{counts.Values.Sum()} rows are written into '{site.Name}'."))
        {
            output.Write(new { imported = false, file = path, rows = counts }, text => text.WriteLine("Nothing was changed. Run it again with --yes to import."));
            return CliExit.No;
        }

        await StorageOptions.ForgetNumberingAsync(silo, site, ct);
        counts = await WithProgressAsync(output, progress => StorageImport.WriteAsync(site, export, progress, ct));
        output.Write(new { imported = true, file = path, rows = counts }, text => Print(text, $"Imported into '{site.Name}':", counts));
        return CliExit.Done;
    }

    private static async Task<T> WithProgressAsync<T>(CliOutput output, Func<IProgress<TransferProgress>, Task<T>> work)
    {
        using var progress = new TransferProgressLine(output);
        return await work(progress);
    }

    private static void Print(TextWriter text, string title, IReadOnlyDictionary<string, long> counts)
    {
        text.WriteLine(title);
        foreach (var (table, count) in counts.Where(c => c.Value > 0))
        {
            text.WriteLine($"  {count,10}  {table}");
        }
    }
}
