using Etdb.Storage.Sql;

namespace Etdb.Storage.Transfer;

/// <summary>
/// Which secret key the credentials in a database are sealed with, by the id drawn from it. The key itself is in no database: a silo that has another one could
/// neither open what others sealed nor be read by them, so it looks here before it starts.
/// </summary>
public static class SecretKeyMark
{
    /// <summary>The id; null when no silo has started on that database yet.</summary>
    public static async Task<string?> ReadAsync(StorageSite site, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(site);
        await site.MigrateAsync(TransferTable.Grains, cancellationToken).ConfigureAwait(false);
        return await PeekAsync(site, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The same where the schema is known to be up to date.</summary>
    public static async Task<string?> PeekAsync(StorageSite site, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(site);
        var connection = await site.ConnectAsync(TransferTable.Grains, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            return (string?)await connection.ScalarAsync("select id from secret_key", [], cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Writes the id where it was null, or <paramref name="instead"/>; of several silos that do so at once one wins. Returns what is there afterwards.</summary>
    public static async Task<string> ClaimAsync(StorageSite site, string id, string? instead, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(site);
        var connection = await site.ConnectAsync(TransferTable.Grains, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            await (instead is null
                ? connection.ExecuteAsync("insert into secret_key (id) values (@id) on conflict do nothing", [("@id", id)], cancellationToken)
                : connection.ExecuteAsync("update secret_key set id = @id where id = @instead", [("@id", id), ("@instead", instead)], cancellationToken)).ConfigureAwait(false);
            return (string)(await connection.ScalarAsync("select id from secret_key", [], cancellationToken).ConfigureAwait(false))!;
        }
    }
}
