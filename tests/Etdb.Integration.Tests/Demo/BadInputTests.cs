using System.Net;
using System.Net.Sockets;
using Etdb.Testing;

namespace Etdb.Integration.Tests.Demo;

/// <summary>Wrong usage ends with exit code 2 and one line that says what to do, and leaves nothing half done.</summary>
public sealed class BadInputTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("frobnicate")]
    [InlineData("demo", "--frobnicate")]
    [InlineData("demo", "--datasets", "many")]
    [InlineData("demo", "--datasets", "0")]
    [InlineData("demo", "--target", "6", "--members", "99999")]
    [InlineData("publish", "/no/such/folder")]
    public async Task Wrong_usage_is_told_in_one_line(params string[] arguments)
    {
        var (code, output, errors) = await EtdbProcess.RunAsync(Limit, arguments);
        Assert.Equal(2, code);
        Assert.Empty(output.Trim());
        Assert.Single(errors.Trim().Split('\n'));
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_in_use_is_named()
    {
        using var folder = new TemporaryFolder();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var (code, _, errors) = await EtdbProcess.RunAsync(Limit, "demo", "--port", port.ToString(), "--data", folder.At("data"));
        Assert.Equal(2, code);
        Assert.Contains(port.ToString(), errors, StringComparison.Ordinal);
        Assert.Contains("--port", errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.At("data")));
    }

    [Fact]
    public async Task A_data_folder_of_another_version_is_left_alone()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.At("data"));
        await File.WriteAllTextAsync(folder.At("data", "etdb.json"), """{"Product":"etdb","Kind":"demo","Format":99}""", TestContext.Current.CancellationToken);
        var (code, _, errors) = await EtdbProcess.RunAsync(Limit, "demo", "--port", "0", "--data", folder.At("data"));
        Assert.Equal(2, code);
        Assert.Contains("99", errors, StringComparison.Ordinal);
        Assert.Equal([".lock", "etdb.json"], Directory.GetFiles(folder.At("data")).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task A_folder_with_other_things_in_it_is_left_alone()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.At("thesis.txt"), "mine", TestContext.Current.CancellationToken);
        var (code, _, errors) = await EtdbProcess.RunAsync(Limit, "demo", "--port", "0", "--data", folder.Path);
        Assert.Equal(2, code);
        Assert.Contains("not empty", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_dataset_folder_is_refused()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.At("dataset.json"), """{"title":"nothing here"}""", TestContext.Current.CancellationToken);
        var (code, _, errors) = await EtdbProcess.RunAsync(Limit, "publish", folder.Path);
        Assert.Equal(2, code);
        Assert.Contains("nothing to publish", errors, StringComparison.Ordinal);
    }
}
