using System.Data.Common;
using Etdb.Silo.Hosting;
using Etdb.Silo.Security;
using Etdb.Storage.Transfer;

namespace Etdb.Cli.Storage;

/// <summary>What commands about storage say of the key that is not stored with it.</summary>
internal static class SecretKeys
{
    /// <summary>Id of the key the credentials there are sealed with; null when none is noted (no silo of this version has started on it).</summary>
    public static async Task<string?> MarkAsync(StorageSite site, CancellationToken ct)
    {
        try
        {
            return await SecretKeyMark.PeekAsync(site, ct);
        }
        catch (DbException)
        {
            return null; // A schema from before keys were noted: a copy is not to change it.
        }
    }

    /// <summary>The id in brackets, where there is one.</summary>
    public static string Named(string? id) => id is null ? "" : $" ({id})";

    /// <summary>The id, and what is to be done about the key before a silo starts on what was restored; null when the right one is there.</summary>
    public static async Task<(string? Id, string? Advice)> AfterRestoreAsync(SiloOptions silo, StorageSite site, CancellationToken ct)
    {
        if (await MarkAsync(site, ct) is not { } id)
        {
            return (null, null);
        }

        var place = SecretFiles.Place(silo.Security.Secrets, silo.DataFolder);
        try
        {
            var present = SecretFiles.LoadExisting(silo.Security.Secrets, silo.DataFolder);
            return (id, present.Knows(id)
                ? null
                : $"Its credentials are sealed with the key {id}, here is the key {present.KeyId}. Put the right one to {place ?? SecretsOptions.Variable}: a silo does not start with another.");
        }
        catch (IOException e)
        {
            return (id, $"Its credentials are sealed with the key {id}, which is not here. Put it to {place ?? SecretsOptions.Variable} before you start a silo. ({e.Message})");
        }
    }
}
