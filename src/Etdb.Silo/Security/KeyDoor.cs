using Etdb.Storage.Transfer;

namespace Etdb.Silo.Security;

/// <summary>
/// Looks, before a silo starts, whether it has the key that its cluster's credentials are sealed with. A silo with another one would call every node without its credential, and seal
/// what the others cannot open: it waits instead, and says which key is wanted.
/// </summary>
internal static class KeyDoor
{
    /// <summary>What is wrong, for people; null when the key is the cluster's. The first silo of a cluster makes the key and marks the database with its id.</summary>
    public static async Task<string?> LookAsync(SecretsOptions options, string dataFolder, StorageSite site, CancellationToken cancellationToken)
    {
        var marked = await SecretKeyMark.ReadAsync(site, cancellationToken);
        var place = SecretFiles.Place(options, dataFolder);
        if (marked is not null && marked != options.LostKey && place is not null && !File.Exists(place))
        {
            return $"the cluster's secret key {marked}: '{place}' is not there. Copy it from another silo of the cluster or from where it was backed up (etdb backup --key-out); {IfLost(marked)}";
        }

        var secrets = SecretFiles.Load(options, dataFolder);
        if (marked is null || (marked != secrets.KeyId && (secrets.Knows(marked) || marked == options.LostKey)))
        {
            marked = await SecretKeyMark.ClaimAsync(site, secrets.KeyId, marked, cancellationToken);
        }

        return Problem(secrets, marked, site.Name, place);
    }

    /// <summary>The same for a silo that runs: another one may have changed the key meanwhile.</summary>
    public static async Task<string?> LookAgainAsync(ClusterSecrets secrets, StorageSite site, CancellationToken cancellationToken)
        => await SecretKeyMark.PeekAsync(site, cancellationToken) is { } marked ? Problem(secrets, marked, site.Name, null) : null;

    private static string? Problem(ClusterSecrets secrets, string marked, string database, string? place) => secrets.Knows(marked)
        ? null
        : $"the cluster's secret key {marked}, which the credentials in '{database}' are sealed with; this silo has the key {secrets.KeyId}{(place is null ? "" : $" ('{place}')")}. "
            + $"Give every silo of the cluster the same key (Secrets:KeyFile or {SecretsOptions.Variable}; after a change name the former one in Secrets:FormerKeyFiles); {IfLost(marked)}";

    private static string IfLost(string marked) => $"if it is lost for good, set Secrets:LostKey to '{marked}' and every node's credential again";
}
