namespace Etdb.Simulation.Tests;

/// <summary>Numbers out of range are refused with the range; the command that is printed names them all.</summary>
public sealed class SettingsTests
{
    [Fact]
    public void Every_number_out_of_range_is_named_with_its_range()
    {
        var problems = new SimulationSettings { Years = 0, Datasets = 0, Nodes = 3, Members = 4, Target = 21, LossRate = -1 }.Problems();
        Assert.Equal(5, problems.Count);
        Assert.Contains("--members is 4, must be 1..3.", problems);
        Assert.Empty(new SimulationSettings().Problems());
    }

    [Fact]
    public void The_command_runs_the_same_world_again() => Assert.Equal(
        "./etdb simulate --seed 9 --years 2 --datasets 5 --nodes 4 --members 4 --target 2 --loss-rate 0.5",
        new SimulationSettings { Seed = 9, Years = 2, Datasets = 5, Nodes = 4, Members = 4, Target = 2, LossRate = 0.5 }.Command());
}
