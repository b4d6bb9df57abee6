using Etdb.Cli.CommandLine;
using Etdb.Grains;
using Etdb.Silo.Api.OldClients;
using Etdb.Silo.Hosting;
using Etdb.Silo.Security;
using Etdb.Storage.Postgres;
using Etdb.Storage.Transfer;
using Microsoft.Extensions.Configuration;

namespace Etdb.Cli.Serve;

/// <summary>Reads a silo's configuration file; environment variables such as <c>Silo__Listen</c> override it.</summary>
internal static class ConfigurationFile
{
    /// <exception cref="CliException">It is missing, unreadable, or wrong; every wrong key is named.</exception>
    public static (SiloOptions Silo, Action<ReplicationOptions> Replication) Read(FileInfo file)
    {
        if (!file.Exists)
        {
            throw new CliException($"there is no file '{file.FullName}'. config/silo.json in the repository is an example to start from.");
        }

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
        configuration.GetSection(RetentionOptions.Section).Bind(silo.Retention);
        configuration.GetSection(OldClientOptions.Section).Bind(silo.OldClients);
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
}
