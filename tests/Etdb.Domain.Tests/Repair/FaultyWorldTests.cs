using Etdb.Domain.Replication;

namespace Etdb.Domain.Tests.Repair;

public sealed class FaultyWorldTests
{
    private const int FaultyDays = 150;
    private const int QuietDays = 25;

    /// <summary>
    /// Aim: whatever happens for five months, no unpin goes below target, nothing waits without a reason, the last good copy is never deleted; and once
    /// faults end, the target is met by copies that are truly good, without many too many. Method: see <see cref="FaultyWorld"/>.
    /// </summary>
    [Fact]
    public void A_dataset_survives_months_of_faults_and_recovers_when_they_end() => Scenario.ForAll(s => Live(s.Seed), runs: 60);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(-1509853676)] // five wiped nodes were given up, and nothing else was left
    [InlineData(-1780216371)] // nodes came back with copies whose rows had been struck
    public void Fixed_seeds_survive(int seed) => Live(seed);

    private static void Live(int seed)
    {
        var world = new FaultyWorld(seed);
        for (var hour = 0; hour < 24 * FaultyDays; hour++)
        {
            world.Step(faults: hour > 48);
        }

        for (var hour = 0; hour < 24 * QuietDays; hour++)
        {
            world.Step(faults: false);
        }

        var policy = world.Dataset.Policy;
        Assert.InRange(world.GoodCopies, policy.Target, policy.Most);
        var believed = world.Dataset.Replicas.Count(r => r.State == ReplicaState.Verified);
        Assert.InRange(believed, policy.Target, world.GoodCopies);
        Assert.True(world.Assigned <= (3 * world.Faults) + (3 * policy.Target), $"{world.Assigned} copies assigned after {world.Faults} faults");
    }
}
