using Etdb.Cli.CommandLine;

namespace Etdb.Cli.Demo;

/// <summary>Looks for room before the demo starts, so that it does not end half-way on a full disk.</summary>
internal static class DemoSpace
{
    /// <summary>What the demo's nodes leave free for the chain, the databases and everyone else, bytes.</summary>
    public const long ReserveBytes = 64L << 20;

    // Measured with six datasets, five members and a target of three: 38 MB in all. Sources, the lab's node and each copy weigh about the same.
    private const long DatasetBytes = 1_700_000;
    private const long DatabaseBytes = 32L << 20;
    private const int SourceAndLab = 2;

    /// <summary>Bytes that must be free to publish and replicate what <paramref name="settings"/> asks for; <paramref name="goesOn"/>: most of it is there already.</summary>
    public static long Needed(DemoSettings settings, bool goesOn)
        => ReserveBytes + DatabaseBytes + (goesOn ? 0 : settings.Datasets * DatasetBytes * (settings.Target + SourceAndLab));

    /// <summary>Refuses when the disk that will hold <paramref name="folder"/> (it need not exist yet) has less free than is needed.</summary>
    /// <exception cref="CliException">Too little is free: says how much, where, and what to do.</exception>
    public static void Require(string folder, DemoSettings settings)
    {
        var goesOn = File.Exists(Path.Combine(folder, "etdb.json"));
        var needed = Needed(settings, goesOn);
        var free = FreeOn(folder);
        if (free < needed)
        {
            throw new CliException(
                $"the disk of '{folder}' is full: {Megabytes(free)} MB are free, the demo needs about {Megabytes(needed)} MB."
                + $" Free some space, or name a folder on another disk with --data{(goesOn ? "; it then goes on where it stopped" : "")}.");
        }
    }

    private static long FreeOn(string folder)
    {
        var existing = new DirectoryInfo(Path.GetFullPath(folder));
        while (!existing.Exists && existing.Parent is { } parent)
        {
            existing = parent;
        }

        return new DriveInfo(existing.FullName).AvailableFreeSpace;
    }

    private static long Megabytes(long bytes) => (bytes + (1 << 20) - 1) >> 20;
}
