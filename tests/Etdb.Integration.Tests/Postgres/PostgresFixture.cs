using Etdb.Integration.Tests.Postgres;
using Etdb.Testing.Postgres;

[assembly: AssemblyFixture(typeof(PostgresFixture))]

namespace Etdb.Integration.Tests.Postgres;

/// <summary>One PostgreSQL server for the whole test run, started by the first test that wants it.</summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    private readonly SemaphoreSlim _turn = new(1);
    private (PostgresServer? Server, string? Missing)? _started;

    /// <summary>The server; the test is skipped where there can be none.</summary>
    public async Task<PostgresServer> ServerAsync()
    {
        await _turn.WaitAsync();
        try
        {
            _started ??= await PostgresServer.StartAsync();
        }
        finally
        {
            _turn.Release();
        }

        Assert.SkipWhen(_started.Value.Server is null, _started.Value.Missing ?? "");
        return _started.Value.Server!;
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_started?.Server is { } server)
        {
            await server.DisposeAsync();
        }

        _turn.Dispose();
    }
}
