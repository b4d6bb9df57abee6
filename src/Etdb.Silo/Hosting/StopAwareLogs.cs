using Etdb.Grains;
using Microsoft.Extensions.Logging;

namespace Etdb.Silo.Hosting;

/// <summary>
/// The log of a silo, in which nothing the grain runtime gives up because the silo ends is an error: a grain that was about to begin is called off then and begins elsewhere, which is what a stop in
/// order is. Such an entry keeps its words and becomes information. Everything else passes as it is.
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
            var calledOff = stop.Begun && (exception is OperationCanceledException || exception?.InnerException is OperationCanceledException);
            inner.Log(calledOff && logLevel > LogLevel.Information ? LogLevel.Information : logLevel, eventId, state, exception, formatter);
        }
    }
}
