using Etdb.Storage.Grains;

namespace Etdb.Silo.Hosting;

/// <summary>Writes to the grain states' file through the queue that all grain states take: a lock, a full disk or a damaged file shows.</summary>
internal sealed class SqliteProbe(GrainDatabase database) : IStorageProbe
{
    public async Task<string?> ProbeAsync(CancellationToken cancellationToken)
    {
        try
        {
            await database.ProbeAsync(cancellationToken);
            return null;
        }
        catch (GrainStorageException e)
        {
            return e.Message;
        }
    }
}
