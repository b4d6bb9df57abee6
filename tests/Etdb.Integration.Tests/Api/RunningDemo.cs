using System.Text.Json;
using System.Text.RegularExpressions;
using Etdb.Testing;

namespace Etdb.Integration.Tests.Api;

/// <summary>One demo that stays up for all tests of a class: three datasets, all verified.</summary>
public sealed partial class RunningDemo : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);
    private readonly TemporaryFolder _folder = new();
    private EtdbProcess? _process;

    /// <summary>A client of the silo.</summary>
    public HttpClient Http { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _process = EtdbProcess.Start("demo", "--port", "0", "--data", _folder.At("data"), "--datasets", "3");
        var line = await _process.WaitForLineAsync(l => l.Contains("dashboard at", StringComparison.Ordinal), Limit, "the dashboard's address");
        Http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri(Address().Match(line).Value), Timeout = TimeSpan.FromSeconds(30) };
        await _process.WaitForLineAsync(l => l.Contains("[idle]", StringComparison.Ordinal), Limit, "all datasets verified");
    }

    public async ValueTask DisposeAsync()
    {
        Http?.Dispose();
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        _folder.Dispose();
    }

    /// <summary>Reads a JSON answer.</summary>
    public async Task<JsonElement> GetAsync(string path)
    {
        using var document = JsonDocument.Parse(await Http.GetStringAsync(path, TestContext.Current.CancellationToken));
        return document.RootElement.Clone();
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+/")]
    private static partial Regex Address();
}
