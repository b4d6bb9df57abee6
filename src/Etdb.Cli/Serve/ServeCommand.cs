using System.CommandLine;
using System.Net.Sockets;
using Etdb.Cli.CommandLine;
using Etdb.Grains;
using Etdb.Ledger.Flo.Rpc;
using Etdb.Silo.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Runtime;

namespace Etdb.Cli.Serve;

/// <summary><c>etdb serve --config FILE</c>: runs a silo until it is stopped. One that the others declared dead is followed by a new one in the same process.</summary>
internal static class ServeCommand
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongWhile = TimeSpan.FromMinutes(10); // A silo that lived so long was not in a loop.
    private static readonly Option<FileInfo> Config = new("--config") { Description = "Configuration file (JSON); environment variables such as Silo__Listen override it.", Required = true, HelpName = "FILE" };

    public static Command Build() => new Command("serve", "Run a silo of the cluster: grains, API, dashboard, metrics.") { Config }
        .WithExamples("etdb serve --config config/silo.json", "Silo__Listen=http://127.0.0.1:9000 etdb serve --config /etc/etdb/silo.json")
        .Does(RunAsync);

    private static async Task<int> RunAsync(ParseResult result, CliOutput output, CancellationToken ct)
    {
        var (silo, replication) = ConfigurationFile.Read(result.GetValue(Config)!);
        using var folder = DataFolder.Open(silo.DataFolder, "silo");
        silo.DataFolder = folder.Path;
        try
        {
            var pause = FirstPause;
            while (true)
            {
                var began = TimeProvider.System.GetTimestamp();
                if (await ServeAsync(silo, replication, folder, output, ct) is not { } reason)
                {
                    return CliExit.Done;
                }

                pause = TimeProvider.System.GetElapsedTime(began) > LongWhile ? FirstPause : pause;
                output.Messages.WriteLine($"etdb serve: this silo ended; a new one begins in {pause.TotalSeconds:0} s. It ended because: {reason}");
                await WaitingRoom.PauseAsync(silo, $"a new start: {reason}", pause, TimeProvider.System, text => output.Messages.WriteLine($"etdb serve: {text}"), ct);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            return CliExit.Done; // Stopped while it waited for its storage: nothing was under way.
        }
    }

    /// <summary>One life of the silo. Returns why another has to follow, null when it was stopped.</summary>
    private static async Task<string?> ServeAsync(SiloOptions silo, Action<ReplicationOptions> replication, DataFolder folder, CliOutput output, CancellationToken ct)
    {
        await WaitingRoom.WaitAsync(silo, TimeProvider.System, text => output.Messages.WriteLine($"etdb serve: {text}"), ct);
        await using var app = SiloHost.Build(silo, await LedgerAsync(silo, ct), replication);
        var fate = app.Services.GetRequiredService<SiloFate>();
        try
        {
            await app.StartAsync(ct);
            output.Messages.WriteLine($"etdb serve: {string.Join(", ", app.Urls)}, data in {folder.Path}; Ctrl-C stops.");
            await app.WaitForShutdownAsync(ct);
            return fate.Reason;
        }
        catch (IOException e) when (e.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            throw new CliException($"{silo.Listen} is in use; stop what listens there, or set Silo:Listen to another address.", e);
        }
        catch (Exception e) when ((fate.Reason is not null || e is OrleansException or SocketException) && !ct.IsCancellationRequested)
        {
            // One that cannot reach the others may not begin; one that was declared dead cannot always take leave in order: what it still held is guarded by the database.
            return $"{fate.Reason} {e.Message}".Trim();
        }
    }

    private static async Task<FloRpcOptions> LedgerAsync(SiloOptions silo, CancellationToken ct)
    {
        var password = silo.LedgerPasswordFile is { } path ? new RpcPassword((await File.ReadAllTextAsync(path, ct)).Trim()) : null;
        return new FloRpcOptions { Endpoint = new Uri(silo.LedgerRpc), User = silo.LedgerUser, Password = password, CookieFile = silo.LedgerCookieFile };
    }
}
