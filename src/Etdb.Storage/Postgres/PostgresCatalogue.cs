using Etdb.Storage.Catalogue;
using Microsoft.Extensions.Logging;

namespace Etdb.Storage.Postgres;

/// <summary>The catalogue in PostgreSQL, one for all silos. Each silo writes what its own grains show; rows are ordered by version, so it does not matter who is first.</summary>
public sealed class PostgresCatalogue(PostgresDatabase database, CatalogueEvents events, TimeProvider time, ILogger<PostgresCatalogue> logger) : CatalogueWriteBehind(events, time, logger)
{
    private readonly PostgresCatalogueWriter _writer = new(database, time);
    private readonly PostgresDialect _dialect = new(time);

    /// <inheritdoc/>
    protected override string Place => database.Name;

    /// <inheritdoc/>
    protected override Task OpenAsync(CancellationToken cancellationToken) => database.MigrateAsync("catalogue", cancellationToken);

    /// <inheritdoc/>
    protected override Task CloseAsync() => Task.CompletedTask;

    /// <inheritdoc/>
    protected override Task ApplyAsync(IReadOnlyList<CatalogueChange> batch, CancellationToken cancellationToken) => _writer.ApplyAsync(batch, cancellationToken);

    private protected override Task<T> ReadAsync<T>(Func<CatalogueReader, Task<T>> read, CancellationToken cancellationToken)
        => database.ReadAsync(connection => read(new CatalogueReader(connection, _dialect)), cancellationToken);
}
