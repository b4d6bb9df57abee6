using System.CommandLine;
using Etdb.Cli.CommandLine;
using Etdb.Ledger.Flo.Rpc;
using Etdb.Silo.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;

namespace Etdb.Cli.Serve;

/// <summary><c>etdb serve --config FILE</c>: runs a silo until it is stopped.</summary>
internal static class ServeCommand
{
    private static readonly Option<FileInfo> Config = new("--config") { Description = "Configuration file (JSON); environment variables such as Silo__Listen override it.", Required = true, HelpName = "FILE" };

    public static Command Build() => new Command("serve", "Run a silo of the cluster: grains, API, dashboard, metrics.") { Config }
        .WithExamples("etdb serve --config config/silo.json", "Silo__Listen=http://127.0.0.1:9000 etdb serve --config /etc/etdb/silo.json")
        .Does(RunAsync);

    private static async Task<int> RunAsync(ParseResult result, CliOutput output, CancellationToken ct)
    {
        var file = result.GetValue(Config)!;
        var (silo, replication) = ConfigurationFile.Read(file);
        using var folder = DataFolder.Open(silo.DataFolder, "silo");
        silo.DataFolder = folder.Path;
        await WaitingRoom.WaitAsync(silo, TimeProvider.System, text => output.Messages.WriteLine($"etdb serve: {text}"), ct);
        await using var app = SiloHost.Build(silo, await LedgerAsync(silo, ct), replication);
        try
        {
            await app.StartAsync(ct);
        }
        catch (IOException e) when (e.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            throw new CliException($"{silo.Listen} is in use; stop what listens there, or set Silo:Listen to another address.", e);
        }

        output.Messages.WriteLine($"etdb serve: {string.Join(", ", app.Urls)}, data in {folder.Path}; Ctrl-C stops.");
        await app.WaitForShutdownAsync(ct);
        return CliExit.Done;
    }

    private static async Task<FloRpcOptions> LedgerAsync(SiloOptions silo, CancellationToken ct)
    {
        var password = silo.LedgerPasswordFile is { } path ? new RpcPassword((await File.ReadAllTextAsync(path, ct)).Trim()) : null;
        return new FloRpcOptions { Endpoint = new Uri(silo.LedgerRpc), User = silo.LedgerUser, Password = password, CookieFile = silo.LedgerCookieFile };
    }
}
