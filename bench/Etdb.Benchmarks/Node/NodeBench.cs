using System.Globalization;
using System.Text.Json;
using Etdb.Ipfs.Node;

namespace Etdb.Benchmarks.Node;

/// <summary>What the benchmarks of the node share: arguments, files of random bytes, the yardsticks, the report.</summary>
internal static class NodeBench
{
    private const int BufferBytes = 1 << 20;

    public static int Number(string[] args, string name, int otherwise)
    {
        var at = Array.IndexOf(args, name);
        return at >= 0 && at + 1 < args.Length ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : otherwise;
    }

    public static string RandomFile(string folder, long bytes)
    {
        var path = Path.Combine(folder, "random.bin");
        var random = new Random(42);
        var buffer = new byte[BufferBytes];
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write);
        for (var left = bytes; left > 0; left -= buffer.Length)
        {
            random.NextBytes(buffer);
            file.Write(buffer, 0, (int)Math.Min(left, buffer.Length));
        }

        file.Flush(flushToDisk: true);
        return path;
    }

    /// <summary>Copies a stream to a new file and synchronises it; the yardstick of everything that writes.</summary>
    public static async Task CopyDurablyAsync(Stream from, string to, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(to, FileMode.Create, FileAccess.Write, FileShare.None, 0);
        await from.CopyToAsync(file, BufferBytes, cancellationToken);
        file.Flush(flushToDisk: true);
    }

    public static async Task<double> SecondsAsync(Func<Task> action)
    {
        var started = TimeProvider.System.GetTimestamp();
        await action();
        return TimeProvider.System.GetElapsedTime(started).TotalSeconds;
    }

    public static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    public static Task<EmbeddedNode> StartAsync(string folder, CancellationToken cancellationToken) =>
        EmbeddedNode.StartAsync(new EmbeddedNodeOptions { Folder = folder }, cancellationToken);

    /// <summary>Prints the answer; 0 when every ratio meets its goal, else 1.</summary>
    public static int Report(TextWriter output, string[] args, string name, IReadOnlyList<(string What, double Value, string Unit)> figures, bool met)
    {
        if (args.Contains("--json", StringComparer.Ordinal))
        {
            output.WriteLine(JsonSerializer.Serialize(new { benchmark = name, met, figures = figures.ToDictionary(static f => f.What, static f => Math.Round(f.Value, 3), StringComparer.Ordinal) }));
            return met ? 0 : 1;
        }

        output.WriteLine(name);
        foreach (var (what, value, unit) in figures)
        {
            output.WriteLine($"  {what,-44} {value,12:0.00} {unit}");
        }

        output.WriteLine(met ? "  goal met" : "  goal NOT met");
        return met ? 0 : 1;
    }
}
