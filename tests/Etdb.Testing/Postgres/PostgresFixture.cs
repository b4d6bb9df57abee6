namespace Etdb.Testing.Postgres;

/// <summary>One PostgreSQL server for the whole run of a test project (an assembly fixture), started by the first test that wants it.</summary>
public sealed class PostgresFixture : IAsyncDisposable
{
    /// <summary>xunit takes an exception whose message begins so for a skipped test; this project does not know xunit.</summary>
    private const string SkipToken = "$XunitDynamicSkip$";

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

        return _started.Value.Server ?? throw new InvalidOperationException(SkipToken + _started.Value.Missing);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_started?.Server is { } server)
        {
            await server.DisposeAsync();
        }

        _turn.Dispose();
    }
}
