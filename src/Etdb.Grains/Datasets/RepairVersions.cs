namespace Etdb.Grains.Datasets;

/// <summary>Versions of the rows that show work: the number of the work in its dataset first, then the step within it.</summary>
internal static class RepairVersions
{
    private const long StepsEach = 1_000_000;

    /// <summary>Version of a step; steps beyond the last are shown as the last.</summary>
    public static long Of(long work, long step) => (work * StepsEach) + Math.Min(step, StepsEach - 2);

    /// <summary>Version of the end of the work.</summary>
    public static long End(long work) => (work * StepsEach) + StepsEach - 1;
}
