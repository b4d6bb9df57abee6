using Etdb.Testing;

namespace Etdb.Integration.Tests.Demo;

/// <summary>
/// Aim: the main job works end to end as a user runs it, and ends the same wherever it is killed. Method: the built command as a child
/// process in a folder of its own; its report is read like any script would.
/// </summary>
public sealed class DemoTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task The_whole_story_ends_with_every_replica_verified()
    {
        using var folder = new TemporaryFolder();
        var report = folder.At("report.json");
        var (code, output, errors) = await EtdbProcess.RunAsync(Limit, "demo", "--once", "--json", report, "--port", "0", "--data", folder.At("data"), "--datasets", "6", "--seed", "3");
        Assert.True(code == 0, output + errors);
        var told = DemoReport.Read(report);
        told.AssertWhole(datasets: 6, target: 3);
        Assert.Equal(6, told.Number("ledger.records"));
        var incidents = told.At("incidents").EnumerateArray().ToDictionary(i => i.GetProperty("kind").GetString()!);
        Assert.Equal(["corruption", "disk-loss"], incidents.Keys.Order());
        Assert.All(incidents.Values, i => Assert.True(i.GetProperty("detectedSeconds").GetDouble() >= 0 && i.GetProperty("healedSeconds").GetDouble() > 0 && i.GetProperty("datasets").GetInt32() > 0, i.ToString()));
        Assert.True(incidents["disk-loss"].GetProperty("bytesReseeded").GetInt64() > 0);
    }

    [Theory]
    [InlineData("publish")]
    [InlineData("break")]
    [InlineData("reseed")]
    public async Task Killed_anywhere_and_run_again_it_ends_the_same(string step)
    {
        using var folder = new TemporaryFolder();
        var arguments = new[] { "demo", "--once", "--json", folder.At("report.json"), "--port", "0", "--data", folder.At("data"), "--datasets", "5", "--seed", "5" };
        await using (var first = EtdbProcess.Start(arguments))
        {
            await first.WaitForLineAsync(line => line.Contains($"[{step}]", StringComparison.Ordinal), Limit, $"the step {step}");
            first.Kill();
        }

        Assert.False(File.Exists(folder.At("report.json")));
        var (code, output, errors) = await EtdbProcess.RunAsync(Limit, arguments);
        Assert.True(code == 0, output + errors);
        var told = DemoReport.Read(folder.At("report.json"));
        told.AssertWhole(datasets: 5, target: 3);
        Assert.Equal(5, told.Number("ledger.records"));
    }

    [Fact]
    public async Task Stopped_by_ctrl_c_it_ends_cleanly_and_goes_on_where_it_stopped()
    {
        using var folder = new TemporaryFolder();
        var arguments = new[] { "demo", "--port", "0", "--data", folder.At("data"), "--datasets", "3" };
        string[] first;
        await using (var run = EtdbProcess.Start(arguments))
        {
            await run.WaitForLineAsync(line => line.Contains("[idle]", StringComparison.Ordinal), Limit, "all datasets verified");
            first = Ids(run.Output);
            run.Interrupt();
            Assert.Equal(0, await run.WaitAsync(TimeSpan.FromSeconds(30)));
        }

        await using var again = EtdbProcess.Start(arguments);
        await again.WaitForLineAsync(line => line.Contains("[idle]", StringComparison.Ordinal), Limit, "all datasets verified again");
        Assert.DoesNotContain("[publish]", again.Output, StringComparison.Ordinal);
        Assert.NotEmpty(first);
        again.Interrupt();
        Assert.Equal(0, await again.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    private static string[] Ids(string output) => [.. output.Split('\n').Where(l => l.Contains("[publish]", StringComparison.Ordinal))];
}
