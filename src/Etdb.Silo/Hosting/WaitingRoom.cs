using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Etdb.Silo.Hosting;

/// <summary>
/// Stands at the silo's address while the silo cannot start: alive, not ready, and able to say why. A process that ended instead would be started again and again by its
/// supervisor, and nobody could ask it anything.
/// </summary>
public sealed class WaitingRoom : IAsyncDisposable
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(15);
    private readonly SiloOptions _options;
    private readonly Action<string> _say;
    private WebApplication? _app;
    private volatile string _problem = "";

    private WaitingRoom(SiloOptions options, Action<string> say) => (_options, _say) = (options, say);

    /// <summary>Returns when the storage is fit to start on; until then answers health checks, and tells <paramref name="say"/> each new reason.</summary>
    public static async Task WaitAsync(SiloOptions options, TimeProvider time, Action<string> say, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(say);
        await using var room = new WaitingRoom(options, say);
        var wait = FirstWait;
        while (await StorageDoor.LookAsync(options, time, cancellationToken) is { } problem)
        {
            await room.TellAsync(problem, cancellationToken);
            await Task.Delay(wait, time, cancellationToken);
            wait = wait * 2 < LongestWait ? wait * 2 : LongestWait;
        }
    }

    /// <summary>Stands at the address for some time and says why.</summary>
    public static async Task PauseAsync(SiloOptions options, string reason, TimeSpan pause, TimeProvider time, Action<string> say, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(say);
        await using var room = new WaitingRoom(options, say);
        await room.TellAsync(reason, cancellationToken);
        await Task.Delay(pause, time, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.StopAsync(CancellationToken.None);
            await _app.DisposeAsync();
        }
    }

    private async Task TellAsync(string problem, CancellationToken ct)
    {
        var news = _problem != problem;
        _problem = problem;
        if (_app is null)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls(_options.Listen).ConfigureKestrel(kestrel => Security.ConnectionLimits.Apply(kestrel, _options.Security.Access));
            builder.Services.AddProblemDetails();
            _app = builder.Build();
            _app.MapGet("/health/live", () => TypedResults.Text("alive\n"));
            _app.MapFallback(() => Api.ApiProblems.Unavailable($"Waiting for {_problem}"));
            await _app.StartAsync(ct);
        }

        if (news)
        {
            _say($"{string.Join(", ", _app.Urls)} waits to start: {problem}");
        }
    }
}
