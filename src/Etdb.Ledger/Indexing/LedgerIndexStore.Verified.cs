using System.Globalization;
using Dapper;
using Etdb.Ledger.Indexing.Reading;
using Microsoft.Data.Sqlite;

namespace Etdb.Ledger.Indexing;

// Signatures that need not be computed again after a restart.
public sealed partial class LedgerIndexStore
{
    /// <summary>The last layout without remembered signatures, otherwise the same.</summary>
    private const string WithoutVerified = "2";

    /// <summary>Signatures verified by today's rules.</summary>
    internal IEnumerable<byte[]> Verified() => _connection.Query<byte[]>(
        "SELECT digests FROM verified WHERE version=@version", new { version = VerifiedSignatures.Version }, buffered: false);

    /// <summary>Adds signatures outside a step: those of a file that remembered none, or by other rules, which are dropped.</summary>
    internal void AddVerified(byte[] digests)
    {
        if (digests.Length == 0)
        {
            return;
        }

        using var transaction = _connection.BeginTransaction();
        _connection.Execute("DELETE FROM verified WHERE version<>@version", new { version = VerifiedSignatures.Version }, transaction);
        WriteVerified(digests, transaction);
        transaction.Commit();
    }

    private void WriteVerified(byte[] digests, SqliteTransaction transaction)
    {
        if (digests.Length > 0)
        {
            _connection.Execute("INSERT INTO verified(version, digests) VALUES(@version, @digests)", new { version = VerifiedSignatures.Version, digests }, transaction);
        }
    }

    private void Upgrade()
    {
        if (_connection.ExecuteScalar<string>("SELECT value FROM meta WHERE key='schema'") == WithoutVerified)
        {
            _connection.Execute("CREATE TABLE verified(number INTEGER PRIMARY KEY, version INTEGER NOT NULL, digests BLOB NOT NULL)");
            _connection.Execute("UPDATE meta SET value=@value WHERE key='schema'", new { value = SchemaVersion.ToString(CultureInfo.InvariantCulture) });
        }
    }
}
