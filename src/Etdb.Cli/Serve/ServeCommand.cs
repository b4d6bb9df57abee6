using System.CommandLine;
using Etdb.Cli.CommandLine;
using Etdb.Grains;
using Etdb.Ledger.Flo.Rpc;
using Etdb.Silo.Hosting;
using Etdb.Storage.Postgres;
using Etdb.Silo.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
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
        if (!file.Exists)
        {
            throw new CliException($"there is no file '{file.FullName}'. config/silo.json in the repository is an example to start from.");
        }

        var (silo, replication) = Read(file);
        using var folder = DataFolder.Open(silo.DataFolder, "silo");
        silo.DataFolder = folder.Path;
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

    private static (SiloOptions Silo, Action<ReplicationOptions> Replication) Read(FileInfo file)
    {
        IConfigurationRoot configuration;
        try
        {
            configuration = new ConfigurationBuilder().AddJsonFile(file.FullName, optional: false).AddEnvironmentVariables().Build();
        }
        catch (Exception e) when (e is FormatException or InvalidDataException)
        {
            throw new CliException($"'{file.FullName}' is not a configuration file: {e.GetBaseException().Message}", e);
        }

        var silo = configuration.GetSection(SiloOptions.Section).Get<SiloOptions>() ?? new SiloOptions();
        configuration.GetSection(PostgresOptions.Section).Bind(silo.Postgres);
        silo.Security = new SecurityOptions();
        configuration.GetSection(AccessOptions.Section).Bind(silo.Security.Access);
        configuration.GetSection(SecretsOptions.Section).Bind(silo.Security.Secrets);
        configuration.GetSection(NodesOptions.Section).Bind(silo.Security.Nodes);
        var problems = new SiloOptionsValidator().Validate(null, silo).Failures?.ToList() ?? [];
        var replication = new ReplicationOptions();
        configuration.GetSection(ReplicationOptions.Section).Bind(replication);
        problems.AddRange(new ReplicationOptionsValidator().Validate(null, replication).Failures ?? []);
        return problems.Count == 0
            ? (silo, o => configuration.GetSection(ReplicationOptions.Section).Bind(o))
            : throw new CliException($"'{file.FullName}' has {problems.Count} problem(s): {string.Join(" ", problems)}");
    }

    private static async Task<FloRpcOptions> LedgerAsync(SiloOptions silo, CancellationToken ct)
    {
        var password = silo.LedgerPasswordFile is { } path ? new RpcPassword((await File.ReadAllTextAsync(path, ct)).Trim()) : null;
        return new FloRpcOptions { Endpoint = new Uri(silo.LedgerRpc), User = silo.LedgerUser, Password = password, CookieFile = silo.LedgerCookieFile };
    }
}
