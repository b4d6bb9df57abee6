using Etdb.Grains;
using Microsoft.Extensions.Logging;

namespace Etdb.Silo.Hosting;

/// <summary>
/// The log of a silo, in which nothing the grain runtime says while the silo is stopped in order is an error: a grain that was about to begin is called off, a message finds no silo any more,
/// and all of it goes on elsewhere. Such entries keep their words; what was called off becomes information, anything else a warning. Before the stop, and from others, all passes as it is.
/// </summary>
/// <param name="inner">Where entries are written.</param>
/// <param name="stop">Whether the silo ends.</param>
[ProviderAlias("Console")]
internal sealed class StopAwareLogs(ILoggerProvider inner, SiloStop stop) : ILoggerProvider, ISupportExternalScope
{
    private const string Runtime = "Orleans.";

    public ILogger CreateLogger(string categoryName)
    {
        var logger = inner.CreateLogger(categoryName);
        return categoryName.StartsWith(Runtime, StringComparison.Ordinal) ? new RuntimeLog(logger, stop) : logger;
    }

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => (inner as ISupportExternalScope)?.SetScopeProvider(scopeProvider);

    public void Dispose() => inner.Dispose();

    private sealed class RuntimeLog(ILogger inner, SiloStop stop) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var most = !stop.Begun ? LogLevel.None : exception is OperationCanceledException || exception?.InnerException is OperationCanceledException ? LogLevel.Information : LogLevel.Warning;
            inner.Log(logLevel < most ? logLevel : most, eventId, state, exception, formatter);
        }
    }
}
