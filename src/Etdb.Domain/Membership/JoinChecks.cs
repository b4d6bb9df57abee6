using System.Globalization;
namespace Etdb.Domain.Membership;

/// <summary>How a check ended.</summary>
public enum CheckResult
{
    /// <summary>As it should be.</summary>
    Passed = 0,

    /// <summary>The node may join; the operator should know.</summary>
    Warning = 1,

    /// <summary>The node may not join.</summary>
    Failed = 2,

    /// <summary>Could not be tried, as an earlier check failed.</summary>
    NotTried = 3,
}

/// <summary>One check of a node that wants to join.</summary>
/// <param name="Name"><c>address|reachability|version|authorization|space|garbage|clock|identity</c>.</param>
/// <param name="Result">How it ended.</param>
/// <param name="Text">What was seen, with the numbers.</param>
/// <param name="Advice">What to do; null when nothing is to be done.</param>
public sealed record JoinCheck(string Name, CheckResult Result, string Text, string? Advice);

/// <summary>What a node must be like to join.</summary>
public sealed record JoinRequirements
{
    /// <summary>Kubo from this on has <c>API.Authorizations</c>, by which a member gives out less than everything.</summary>
    public static readonly Version LeastKubo = new(0, 25, 0);

    /// <summary>Free bytes a node must have at least. Default 1 GiB.</summary>
    public long LeastFreeBytes { get; init; } = 1L << 30;

    /// <summary>Clocks further apart than this are told. Default 30 s.</summary>
    public TimeSpan ClockWarning { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Clocks further apart than this are refused: evidence would bear wrong times. Default 5 min.</summary>
    public TimeSpan ClockMaximum { get; init; } = TimeSpan.FromMinutes(5);
}

/// <summary>
/// Judges a node that wants to join. Every check is always reported, so that an operator sees all that is wrong at once. Pure.
/// </summary>
public static class JoinChecks
{
    /// <summary>All checks, in the order of <see cref="JoinCheck.Name"/>'s list.</summary>
    public static IReadOnlyList<JoinCheck> Judge(JoinFindings seen, JoinRequirements requirements, long? pledgeBytes)
    {
        ArgumentNullException.ThrowIfNull(seen);
        ArgumentNullException.ThrowIfNull(requirements);
        var address = Address(seen);
        var reach = address.Result == CheckResult.Failed ? NotTried("reachability") : Reachability(seen);
        if (reach.Result is CheckResult.Failed or CheckResult.NotTried && seen.Agent is null)
        {
            return [address, reach, .. new[] { "version", "authorization", "space", "garbage" }.Select(NotTried), Clock(seen, requirements), NotTried("identity")];
        }

        return [address, reach, Version(seen), Authorization(seen), Space(seen, requirements, pledgeBytes), Garbage(seen), Clock(seen, requirements), Identity(seen)];
    }

    /// <summary>True when no check stands against joining.</summary>
    public static bool MayJoin(IReadOnlyList<JoinCheck> checks) => checks.All(c => c.Result is CheckResult.Passed or CheckResult.Warning);

    private static JoinCheck NotTried(string name) => new(name, CheckResult.NotTried, "Not tried: the node has to be reached first.", null);

    private static JoinCheck Address(JoinFindings seen)
    {
        if (seen.AddressProblem is { } problem)
        {
            return new("address", CheckResult.Failed, problem,
                "Give the address under which the cluster reaches the node from outside. A network of your own has to be named by the cluster's admin in Nodes:AllowedNetworks.");
        }

        return seen is { HasCredential: true, Encrypted: false, Trusted: false }
            ? new("address", CheckResult.Failed, "The node's credential would travel unencrypted through a network that is not ours.",
                "Put TLS before the RPC (an https:// address), or reach it through a VPN named in Nodes:AllowedNetworks.")
            : new("address", CheckResult.Passed, "It may be called.", null);
    }

    private static JoinCheck Reachability(JoinFindings seen) => (seen.RpcProblem, seen.GatewayProblem) switch
    {
        ({ } rpc, _) => new("reachability", CheckResult.Failed, rpc, "Is the node running, does its RPC listen on that address (Addresses.API), does a firewall let the cluster through?"),
        (null, { } gateway) => new("reachability", CheckResult.Failed, gateway, "Other nodes fetch from the gateway: mend its address (Addresses.Gateway), or leave --gateway out; bytes then go through the cluster."),
        _ => new("reachability", CheckResult.Passed, "It answers from here.", null),
    };

    private static JoinCheck Version(JoinFindings seen)
    {
        var agent = seen.Agent ?? "";
        var parts = agent.Split('/', 3);
        switch (parts[0])
        {
            case "etdb-node":
                return new("version", CheckResult.Passed, agent, null);
            case "kubo" or "go-ipfs" when parts.Length > 1 && System.Version.TryParse(parts[1].Split('-')[0], out var version):
                return version >= JoinRequirements.LeastKubo
                    ? new("version", CheckResult.Passed, agent, null)
                    : new("version", CheckResult.Failed, $"{agent} is older than kubo {JoinRequirements.LeastKubo}.",
                        "Update Kubo: from that version on a member can give the cluster a credential that opens only what it needs.");
            case "js-ipfs":
                return new("version", CheckResult.Warning, $"{agent} works but is no longer looked after by its makers.", "Move to Kubo or to 'etdb node' when you can.");
            default:
                return new("version", CheckResult.Failed, $"'{agent}' is software that was never tried with this cluster.", "Run Kubo, or 'etdb node run'.");
        }
    }

    private static JoinCheck Authorization(JoinFindings seen)
    {
        var missing = seen.Needed.Where(c => c.Value is CallAnswer.Refused or CallAnswer.Absent).Select(c => c.Key).Order(StringComparer.Ordinal).ToList();
        if (missing.Count > 0)
        {
            return seen.HasCredential
                ? new("authorization", CheckResult.Failed, $"The credential does not open {string.Join(", ", missing)}.",
                    $"Add to its AllowedPaths in API.Authorizations: {string.Join(", ", missing.Select(c => "/api/v0/" + c))}; then restart the node.")
                : new("authorization", CheckResult.Failed, $"Without a credential the node does not open {string.Join(", ", missing)}.", "Give the credential with --node-token-file (or ETDB_NODE_TOKEN).");
        }

        var untold = seen.Needed.Where(c => c.Value == CallAnswer.Unknown).Select(c => c.Key).Order(StringComparer.Ordinal).ToList();
        if (untold.Count > 0 || (seen is { WithoutCredential: CallAnswer.Unknown, Trusted: false }))
        {
            var what = untold.Count > 0 ? $"whether it opens {string.Join(", ", untold)}" : "whether it is closed to those without a credential";
            return new("authorization", CheckResult.Failed, $"It could not be seen {what}: the node did not answer in time, or something before it answered instead.",
                "Try again when the node has less to do. If a proxy is before the RPC, it must hand every call on.");
        }

        if (seen.WithoutCredential == CallAnswer.Open && !seen.Trusted)
        {
            return new("authorization", CheckResult.Failed, "Anybody who reaches the RPC may change the node: it asks for no credential.",
                "Set API.Authorizations in the node's configuration, restart it, and give the secret with --node-token-file.");
        }

        var excessive = seen.Excessive.Where(c => c.Value == CallAnswer.Open).Select(c => c.Key).Order(StringComparer.Ordinal).ToList();
        return seen.HasCredential && excessive.Count > 0
            ? new("authorization", CheckResult.Warning, $"The credential opens more than the cluster needs: {string.Join(", ", excessive)}.",
                "Give a credential whose AllowedPaths hold only what docs/operations/joining.md lists.")
            : new("authorization", CheckResult.Passed, seen.HasCredential ? "The credential opens what is needed." : "The RPC is open to this machine's network only.", null);
    }

    private static JoinCheck Space(JoinFindings seen, JoinRequirements requirements, long? pledge)
    {
        if (seen.CapacityBytes <= 0)
        {
            return new("space", CheckResult.Failed, "The node does not say how much it may hold; nothing could be promised to it.", "Set Datastore.StorageMax (Kubo) or --capacity ('etdb node init').");
        }

        if (seen.UsedBytes is not { } used)
        {
            return new("space", CheckResult.Failed, "The node does not say how much it holds; what is free cannot be told.", "Let the credential open repo/stat, and see that it answers (RepoSize).");
        }

        var free = Math.Max(0, seen.CapacityBytes - used);
        if (free < requirements.LeastFreeBytes)
        {
            return new("space", CheckResult.Failed, $"{Gib(free)} are free of {Gib(seen.CapacityBytes)}; at least {Gib(requirements.LeastFreeBytes)} are needed.",
                "Make room, or raise Datastore.StorageMax (or --capacity) to what the disk has.");
        }

        return pledge > free
            ? new("space", CheckResult.Failed, $"{Gib(pledge ?? 0)} are pledged, {Gib(free)} are free of {Gib(seen.CapacityBytes)}.",
                "Pledge what is there (--pledge), or raise Datastore.StorageMax (or --capacity) to what the disk has.")
            : new("space", CheckResult.Passed, $"{Gib(free)} are free of {Gib(seen.CapacityBytes)}.", null);
    }

    private static string Gib(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):0.##} GiB");

    private static JoinCheck Garbage(JoinFindings seen) => seen.CollectsGarbage switch
    {
        true => new("garbage", CheckResult.Failed, "The node collects garbage by itself; while it does, no pin can begin, and blocks on their way may go.", "Start the daemon without --enable-gc."),
        false => new("garbage", CheckResult.Passed, "It removes nothing by itself.", null),
        null => new("garbage", CheckResult.Warning, "The node does not say whether it collects garbage by itself.", "Make sure that the daemon runs without --enable-gc."),
    };

    private static JoinCheck Clock(JoinFindings seen, JoinRequirements requirements)
    {
        var worst = new[] { seen.ClockAhead, seen.OperatorClockAhead }.OfType<TimeSpan>().Select(t => t.Duration()).DefaultIfEmpty().Max();
        var text = $"Clocks are {worst.TotalSeconds:0} s apart.";
        return worst > requirements.ClockMaximum ? new("clock", CheckResult.Failed, text, "Set the clock of the member's machine (systemd-timesyncd, chrony); times of evidence rest on it.")
            : worst > requirements.ClockWarning ? new("clock", CheckResult.Warning, text, "Let the machine keep its time by NTP.")
            : seen is { ClockAhead: null, OperatorClockAhead: null } ? new("clock", CheckResult.Warning, "Neither the node nor the operator told a time.", "Let the machine keep its time by NTP.")
            : new("clock", CheckResult.Passed, text, null);
    }

    private static JoinCheck Identity(JoinFindings seen) => seen.SameAs is { } other
        ? new("identity", CheckResult.Failed, $"It is the node '{other}' of the cluster: the same address or the same repository.", "Copies on one disk are one copy. Join a node of its own.")
        : string.IsNullOrEmpty(seen.RepositoryId) && string.IsNullOrEmpty(seen.PeerId)
            ? new("identity", CheckResult.Failed, "The node does not say who it is; another name of a node that has joined could not be told from a new one.", "See that its id call answers with an ID.")
            : new("identity", CheckResult.Passed, $"Repository {seen.RepositoryId ?? seen.PeerId}.", null);
}
