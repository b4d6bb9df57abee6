using System.Reflection;
using System.Text;

namespace Etdb.Benchmarks;

/// <summary><c>./etdb bench NAME [options]</c>: runs one benchmark. Each measures us and a named peer or limit in the same run and prints the ratio.</summary>
public static class Program
{
    public static async Task<int> Main(string[] args)
    {
        var all = typeof(Program).Assembly.GetTypes()
            .Where(t => t.Name.EndsWith("Benchmark", StringComparison.Ordinal))
            .Select(t => (Name: Kebab(t.Name[..^"Benchmark".Length]), Run: t.GetMethod("RunAsync", BindingFlags.Public | BindingFlags.Static)))
            .Where(b => b.Run is not null)
            .ToDictionary(b => b.Name, b => b.Run!);
        if (args.Any(a => a is "--help" or "-h" or "help"))
        {
            using var help = new StreamReader(typeof(Program).Assembly.GetManifestResourceStream("help")!);
            await Console.Out.WriteAsync(await help.ReadToEndAsync());
            return 0;
        }

        if (args.Length == 0 || !all.TryGetValue(args[0], out var run))
        {
            await Console.Error.WriteLineAsync($"etdb bench: name one of {string.Join(", ", all.Keys.Order(StringComparer.Ordinal))}; add --json for machines, --help for what they measure.");
            return 2;
        }

        using var stop = new CancellationTokenSource();
        Console.CancelKeyPress += (_, e) =>
        {
            e.Cancel = true;
            stop.Cancel();
        };
        return await (Task<int>)run.Invoke(null, [args[1..], Console.Out, stop.Token])!;
    }

    private static string Kebab(string name)
    {
        var text = new StringBuilder();
        foreach (var c in name)
        {
            text.Append(char.IsUpper(c) && text.Length > 0 ? "-" : "").Append(char.ToLowerInvariant(c));
        }

        return text.ToString();
    }
}
