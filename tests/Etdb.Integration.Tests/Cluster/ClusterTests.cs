#if ORLEANS_MICROSOFT
using Etdb.Cli.CommandLine;
using Etdb.Grains.Nodes;
using Orleans.Runtime;

namespace Etdb.Integration.Tests.Cluster;

/// <summary>
/// Several silos with a real workload. What a silo acknowledged must not be lost when it, or another, is killed; its work must go on elsewhere, without hands.
/// </summary>
public sealed class ClusterTests(ThreeSilos cluster) : IClassFixture<ThreeSilos>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_silo_killed_while_publishing_and_repairing_loses_nothing()
    {
        var c = await cluster.WholeAsync(Ct);
        var (first, second, third) = (c.Silos[0], c.Silos[1], c.Silos[2]);
        var acknowledged = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            acknowledged.Add(await c.World.PublishAsync(first.Address, Ct));
        }

        await ThreeSilos.HealthyAsync(third, acknowledged, Ct);

        // A disk is lost, so that repairs run; publishing goes on; and in the middle of both a silo dies.
        c.World.Nodes.DeleteDisk(c.World.Members[0].Node);
        var more = Task.Run(
            async () =>
            {
                for (var i = 0; i < 4; i++)
                {
                    acknowledged.Add(await c.World.PublishAsync(first.Address, Ct));
                }
            },
            Ct);
        await second.KillAsync();
        await more;
        await ThreeSilos.HealthyAsync(third, acknowledged, Ct);
        await ThreeSilos.HealthyAsync(first, acknowledged, Ct);
        Assert.True(await c.VerifyEvidenceAsync(Ct) > acknowledged.Count);

        // The grains of every node are awake again somewhere: this process reaches them over the gateways that are left.
        foreach (var member in c.World.Members)
        {
            Assert.NotNull(await ReachAsync(() => c.Grains.GetGrain<INodeGrain>(member.Node).Get()));
        }

        await second.StartAsync();
        await second.WaitReadyAsync(Ct);
        await ThreeSilos.HealthyAsync(second, [await c.World.PublishAsync(second.Address, Ct), .. acknowledged], Ct);
    }

    [Fact]
    public async Task A_rolling_restart_is_not_noticed_by_the_lab()
    {
        var c = await cluster.WholeAsync(Ct);
        var acknowledged = new List<string>();
        foreach (var silo in c.Silos)
        {
            var other = c.Silos.First(s => s != silo);
            var publishing = Task.Run(async () => acknowledged.Add(await c.World.PublishAsync(other.Address, Ct)), Ct);
            Assert.Equal(0, await silo.StopAsync());
            // Grains whose calls find no silo any more are no failure, and nobody is to be woken by them.
            Assert.Equal("", string.Join('\n', silo.LastWords.Split('\n').Where(line => line.Contains("\"LogLevel\":\"Error\"", StringComparison.Ordinal))));
            await publishing;
            await silo.StartAsync();
            await silo.WaitReadyAsync(Ct);
        }

        await ThreeSilos.HealthyAsync(c.Silos[1], acknowledged, Ct);
        await c.VerifyEvidenceAsync(Ct);
    }

    [Fact]
    public async Task One_silo_of_three_serves_alone_and_the_others_come_back_by_themselves()
    {
        var c = await cluster.WholeAsync(Ct);
        var (first, second, third) = (c.Silos[0], c.Silos[1], c.Silos[2]);
        var before = await c.World.PublishAsync(first.Address, Ct);
        await ThreeSilos.HealthyAsync(third, [before], Ct);

        // The majority stands still: nobody answers, nobody says good-bye. The database decides, so that one silo is enough.
        string during;
        first.Freeze();
        second.Freeze();
        try
        {
            await third.WaitForLogAsync("is gone; 1 silos serve");
            await third.WaitReadyAsync(Ct);
            during = await c.World.PublishAsync(third.Address, Ct);
            await ThreeSilos.HealthyAsync(third, [before, during], Ct);
        }
        finally
        {
            first.Thaw();
            second.Thaw();
        }

        // What was declared dead must not go on as if nothing had been: it ends, and begins anew in the same process.
        foreach (var silo in new[] { first, second })
        {
            await silo.WaitForLogAsync("a new one begins in");
            await silo.WaitReadyAsync(Ct);
        }

        await ThreeSilos.HealthyAsync(second, [before, during, await PublishAsync(c, first)], Ct);
        await c.VerifyEvidenceAsync(Ct);
    }

    /// <summary>A silo that came back may have to begin once more while the others do; it then stands at another free port.</summary>
    private static async Task<string> PublishAsync(ThreeSilos c, SiloProcess silo)
    {
        for (var attempt = 1; ; attempt++)
        {
            await silo.WaitReadyAsync(Ct);
            try
            {
                return await c.World.PublishAsync(silo.Address, Ct);
            }
            catch (CliException) when (attempt < 3)
            {
                // Published again under another number: nothing was acknowledged.
            }
        }
    }

    /// <summary>A client learns that a gateway is gone when a call to it fails; the next one takes another.</summary>
    private static async Task<T> ReachAsync<T>(Func<Task<T>> call)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await call();
            }
            catch (Exception e) when (attempt < 60 && e is OrleansException or TimeoutException)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, Ct);
            }
        }
    }
}
#endif
