using Etdb.Grains;

namespace Etdb.Simulation.Tests;

/// <summary>A world without random faults, founded and whole: twelve datasets, five members with a node each, three copies.</summary>
internal static class SmallWorld
{
    public static readonly SimulationSettings Settings = new() { Seed = 7, Datasets = 12, Nodes = 5, Members = 5, Target = 3, Profile = FaultProfile.DisksOnly };

    public static World Founded(SimulationSettings? settings = null, ReplicationOptions? options = null)
    {
        var chosen = settings ?? Settings;
        var world = new World(chosen, options ?? Setup.Options(chosen));
        Setup.Found(world);
        for (var i = 0; i < chosen.Datasets; i++)
        {
            world.Publish();
        }

        world.Silo.AdvanceBy(TimeSpan.FromHours(12));
        world.Checks.AfterStep();
        return world;
    }

    /// <summary>Lets time pass and looks at the promises every day.</summary>
    public static void Pass(World world, TimeSpan time)
    {
        var until = world.Now + time;
        while (world.Now < until)
        {
            world.Silo.AdvanceBy(TimeSpan.FromDays(1) < until - world.Now ? TimeSpan.FromDays(1) : until - world.Now);
            world.Checks.AfterStep();
        }
    }
}
