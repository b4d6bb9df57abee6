using Etdb.Silo.Security;
using Etdb.Storage.Clustering;
using Etdb.Storage.Grains;
using Etdb.Storage.Postgres;
using Etdb.Storage.Transfer;

namespace Etdb.Silo.Hosting;

/// <summary>Asks the server whether it takes writes, has room, what time it is and whether anybody locks others out, and whether this silo still has its place in the cluster.</summary>
internal sealed class PostgresProbe : IStorageProbe, IAsyncDisposable
{
    /// <summary>A clock that is further off than this makes wrong times in evidence and wrong graces: the silo says so.</summary>
    public static readonly TimeSpan MostSkew = TimeSpan.FromSeconds(30);

    /// <summary>Between two looks whether tables can grow, as long as they can.</summary>
    private static readonly TimeSpan RoomEvery = TimeSpan.FromSeconds(15);

    private readonly PostgresDatabase _database;
    private readonly SiloPlace _place;
    private readonly TimeProvider _time;
    private readonly ClusterSecrets? _secrets; // Null before the silo starts: then the door looks at the key.
    private long? _roomSeen; // When there was room last; null when there was none.

    public PostgresProbe(PostgresDatabase database, SiloOptions options, TimeProvider time, ClusterSecrets? secrets = null)
    {
        _database = database;
        _secrets = secrets;
        _time = time;

        // The embedded runtime is one process: it takes the whole cluster as its place.
        _place = new SiloPlace(database, options.ClusterId, GrainRuntimeInfo.Name == "Embedded" ? "*" : options.SiloName);
    }

    public async Task<string?> ProbeAsync(CancellationToken cancellationToken)
    {
        try
        {
            var server = await _database.ProbeAsync(cancellationToken);
            if (server.ReadOnly)
            {
                return $"'{_database.Name}' to take writes: it is read-only (a standby?). Point Postgres:ConnectionString to the primary";
            }

            var skew = (_time.GetUtcNow() - server.Now).Duration();
            if (skew > MostSkew)
            {
                return $"a right clock: this machine and '{_database.Name}' are {skew.TotalSeconds:0} s apart. Let NTP set both";
            }

            if (await _database.BlockerAsync(cancellationToken) is { } blocker)
            {
                return $"'{_database.Name}' to be unlocked: {blocker.Who} holds a lock that this cluster has waited for since {blocker.Seconds} s. End its transaction";
            }

            await LookForRoomAsync(cancellationToken);
            return await _place.HoldAsync(cancellationToken)
                ?? (_secrets is null ? null : await KeyDoor.LookAgainAsync(_secrets, StorageSite.Postgres(_database), cancellationToken));
        }
        catch (GrainStorageException e)
        {
            return e.Message;
        }
    }

    private async Task LookForRoomAsync(CancellationToken cancellationToken)
    {
        if (_roomSeen is { } seen && _time.GetElapsedTime(seen) < RoomEvery)
        {
            return;
        }

        _roomSeen = null;
        await _database.ProbeRoomAsync(cancellationToken);
        _roomSeen = _time.GetTimestamp();
    }

    public ValueTask DisposeAsync() => _place.DisposeAsync();
}
