using Etdb.Storage.Postgres;
using Etdb.Storage.Transfer;
using Microsoft.Extensions.Options;

namespace Etdb.Silo.Hosting;

/// <summary>What a silo is told by its configuration file (section <c>Silo</c>), environment (<c>Silo__…</c>) or the demo.</summary>
public sealed class SiloOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Silo";

    /// <summary>Folder of everything this silo keeps. Required.</summary>
    public string DataFolder { get; set; } = "";

    /// <summary>Where it listens. Default <c>http://127.0.0.1:8420</c>: loopback only.</summary>
    public string Listen { get; set; } = "http://127.0.0.1:8420";

    /// <summary>Address under which others reach this silo, for invitations and sign-in texts, e.g. <c>https://etdb.example.org</c>. Null: as the caller named it. Default null.</summary>
    public string? PublicUrl { get; set; }

    /// <summary>Certificate for <c>https</c>: PEM, or PKCS#12 (<c>.pfx</c>). Null: <see cref="Listen"/> is plain http. Default null.</summary>
    public string? CertificateFile { get; set; }

    /// <summary>The PEM certificate's key, when it is in a file of its own.</summary>
    public string? CertificateKeyFile { get; set; }

    /// <summary>File that holds the password of the certificate's key.</summary>
    public string? CertificatePasswordFile { get; set; }

    /// <summary>Listen beyond this machine without TLS, since a proxy before the silo ends it. Default false.</summary>
    public bool BehindTlsProxy { get; set; }

    /// <summary>FLO network: <c>main</c>, <c>test</c>, <c>regtest</c> or the development chain's. Default <c>main</c>.</summary>
    public string Network { get; set; } = "main";

    /// <summary>JSON-RPC of a FLO node, e.g. <c>http://127.0.0.1:7313</c>. Required.</summary>
    public string LedgerRpc { get; set; } = "";

    /// <summary>User of the FLO node; null when a cookie file is used.</summary>
    public string? LedgerUser { get; set; }

    /// <summary>File that holds the FLO node's password.</summary>
    public string? LedgerPasswordFile { get; set; }

    /// <summary>The FLO node's cookie file.</summary>
    public string? LedgerCookieFile { get; set; }

    /// <summary>ZeroMQ endpoint at which the FLO node announces blocks (its <c>zmqpubhashblock</c>), e.g. <c>tcp://127.0.0.1:28332</c>. Default none: the node is only polled.</summary>
    public Uri? LedgerZmq { get; set; }

    /// <summary>Listen to the FLO node's websocket (fcoin), at the address of its JSON-RPC and with the same password. Default false: the node is only polled. Not used beside <see cref="LedgerZmq"/>.</summary>
    public bool LedgerWebSocket { get; set; }

    /// <summary>Height to read records from. Default 0: the whole chain.</summary>
    public int LedgerStartHeight { get; set; }

    /// <summary>TCP port silos talk to each other on (Microsoft Orleans). 0 takes a free one. Default 0.</summary>
    public int SiloPort { get; set; }

    /// <summary>TCP port clients of the cluster use (Microsoft Orleans). 0 takes a free one. Default 0.</summary>
    public int GatewayPort { get; set; }

    /// <summary>Names the cluster; one for the life of its data. Default <c>etdb</c>.</summary>
    public string ClusterId { get; set; } = "etdb";

    /// <summary>
    /// Where grain states, reminders, catalogue and evidence are kept: <c>sqlite</c> (files in the data folder, one silo) or <c>postgres</c> (section
    /// <c>Postgres</c>, any number of silos). Default <c>sqlite</c>.
    /// </summary>
    public string Storage { get; set; } = SqliteStorage;

    /// <summary>Name of this silo, its own in the cluster. Default the name of the machine.</summary>
    public string SiloName { get; set; } = Environment.MachineName;

    /// <summary>IP address at which the other silos reach this one (Microsoft Orleans on <c>postgres</c>). Default <c>127.0.0.1</c>.</summary>
    public string SiloAddress { get; set; } = "127.0.0.1";

    /// <summary>TLS between silos and from clients to gateways. Default none.</summary>
    public Security.ClusterTlsOptions ClusterTls { get; set; } = new();

    /// <summary>Silo ports beyond this machine without <see cref="ClusterTls"/>, since the network of <see cref="SiloAddress"/> is the silos' own (WireGuard, IPsec, a tunnel). Default false.</summary>
    public bool ClusterNetworkIsPrivate { get; set; }

    /// <summary>How long a silo that does not answer its neighbours is waited for before it is declared dead. 3 s..10 min, default 15 s.</summary>
    public TimeSpan DeadAfter { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How PostgreSQL is reached; bound from the section <c>Postgres</c>.</summary>
    public PostgresOptions Postgres { get; set; } = new();

    /// <summary>How long what is not needed to go on is kept; bound from the section <c>Retention</c>.</summary>
    public RetentionOptions Retention { get; set; } = new();

    /// <summary>Programs written for the daemons before this one; bound from the section <c>OldClients</c>.</summary>
    public Api.OldClients.OldClientOptions OldClients { get; set; } = new();

    /// <summary>The value of <see cref="Storage"/> for files.</summary>
    public const string SqliteStorage = "sqlite";

    /// <summary>The value of <see cref="Storage"/> for a server.</summary>
    public const string PostgresStorage = "postgres";

    /// <summary>Whether the database is a server's.</summary>
    public bool OnPostgres => Storage == PostgresStorage;

    /// <summary>Sections <c>Access</c>, <c>Secrets</c> and <c>Nodes</c>.</summary>
    public Security.SecurityOptions Security { get; set; } = new();

    internal Ledger.Flo.FloNetwork FloNetwork() => Ledger.Flo.FloNetwork.Find(Network) ?? throw new InvalidOperationException($"'{Network}' is not a FLO network.");
}

/// <summary>Checks all of <see cref="SiloOptions"/> and names every key that is wrong, not only the first.</summary>
public sealed class SiloOptionsValidator : IValidateOptions<SiloOptions>
{

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, SiloOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var wrong = new List<string>();
        if (string.IsNullOrWhiteSpace(options.DataFolder))
        {
            wrong.Add("Silo:DataFolder is not set; name the folder the silo keeps its data in.");
        }

        if (!Uri.TryCreate(options.Listen, UriKind.Absolute, out var listen) || listen.Scheme is not ("http" or "https"))
        {
            wrong.Add($"Silo:Listen is '{options.Listen}'; give an address such as http://127.0.0.1:8420.");
        }
        else
        {
            wrong.AddRange(ExposureRules.Problems(options, listen));
        }

        if (Ledger.Flo.FloNetwork.Find(options.Network) is null)
        {
            wrong.Add($"Silo:Network is '{options.Network}'; it takes {string.Join(", ", Ledger.Flo.FloNetwork.All.Select(n => n.Name))}.");
        }

        if (!Uri.TryCreate(options.LedgerRpc, UriKind.Absolute, out var rpc) || rpc.Scheme is not ("http" or "https"))
        {
            wrong.Add($"Silo:LedgerRpc is '{options.LedgerRpc}'; give the JSON-RPC address of a FLO node, such as http://127.0.0.1:7313.");
        }

        if (options.LedgerStartHeight < 0)
        {
            wrong.Add($"Silo:LedgerStartHeight is {options.LedgerStartHeight}; it must be 0 or more.");
        }

        foreach (var (key, port) in new[] { ("SiloPort", options.SiloPort), ("GatewayPort", options.GatewayPort) })
        {
            if (port is < 0 or > 65535)
            {
                wrong.Add($"Silo:{key} is {port}; it must be within 0..65535.");
            }
#if !ORLEANS_MICROSOFT
            else if (port != 0)
            {
                wrong.Add($"Silo:{key} is {port}, but this build runs the embedded grain runtime, which is one process without silo ports. Remove the key, or build with -p:OrleansRuntime=Microsoft for several silos.");
            }
#endif
        }

        wrong.AddRange(StorageProblems(options));
        wrong.AddRange(options.Security.Problems());
        return wrong.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(wrong);
    }

    private static IEnumerable<string> StorageProblems(SiloOptions options)
    {
        if (options.Storage is not (SiloOptions.SqliteStorage or SiloOptions.PostgresStorage))
        {
            yield return $"Silo:Storage is '{options.Storage}'; it takes {SiloOptions.SqliteStorage} or {SiloOptions.PostgresStorage}.";
        }

        foreach (var problem in options.OnPostgres ? options.Postgres.Problems() : [])
        {
            yield return problem;
        }

        foreach (var problem in options.Retention.Problems())
        {
            yield return problem;
        }

        if (string.IsNullOrWhiteSpace(options.SiloName))
        {
            yield return "Silo:SiloName is empty; give each silo of a cluster a name of its own.";
        }

        foreach (var problem in ExposureRules.ClusterProblems(options))
        {
            yield return problem;
        }

        if (options.DeadAfter < TimeSpan.FromSeconds(3) || options.DeadAfter > TimeSpan.FromMinutes(10))
        {
            yield return $"Silo:DeadAfter is {options.DeadAfter}; it must be within 3 s..10 min.";
        }
    }
}
