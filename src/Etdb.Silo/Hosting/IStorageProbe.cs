namespace Etdb.Silo.Hosting;

/// <summary>Asks the database of this silo, by really using it, whether it can do its work.</summary>
internal interface IStorageProbe
{
    /// <summary>What is wrong, for people; null when all is well.</summary>
    Task<string?> ProbeAsync(CancellationToken cancellationToken);
}
