using Etdb.Testing;

namespace Etdb.Integration.Tests.Demo;

/// <summary>A full disk ends in one line that says what to do, and the same command goes on when there is room again.</summary>
public sealed class FullDiskTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task It_is_told_before_anything_is_written()
    {
        using var disk = Mount(24 << 20);
        var data = Path.Combine(disk.Path, "data");
        var (code, output, errors) = await EtdbProcess.RunAsync(Limit, Command(data));
        Assert.Equal(2, code);
        Assert.Empty(output.Trim());
        Assert.Contains("MB are free", Assert.Single(errors.Trim().Split('\n')), StringComparison.Ordinal);
        Assert.False(Directory.Exists(data));
    }

    [Fact]
    public async Task One_that_fills_up_under_a_publish_stops_it_and_the_next_run_goes_on()
    {
        using var disk = Mount(1 << 30);
        var command = Command(Path.Combine(disk.Path, "data"));
        await using (var demo = EtdbProcess.Start(command))
        {
            await demo.WaitForLineAsync(static l => l.Contains("nodes and the lab's node answer", StringComparison.Ordinal), Limit, "the nodes");
            disk.Fill(leave: 40 << 20);
            Assert.Equal(2, await demo.WaitAsync(Limit));
            Assert.Contains("is full", demo.Errors, StringComparison.Ordinal);
            Assert.Contains("goes on", demo.Errors, StringComparison.Ordinal);
        }

        disk.Free();
        var (code, output, errors) = await EtdbProcess.RunAsync(Limit, command);
        Assert.True(code == 0, output + errors);
    }

    private static string[] Command(string data) => ["demo", "--once", "--datasets", "4", "--members", "3", "--target", "2", "--port", "0", "--data", data];

    private static SmallDisk Mount(long bytes)
    {
        var disk = SmallDisk.TryMount(bytes, out var reason);
        Assert.SkipWhen(disk is null, reason);
        return disk!;
    }
}
