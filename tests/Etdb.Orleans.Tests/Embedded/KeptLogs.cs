using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Etdb.Orleans.Tests.Embedded;

    /// <summary>What was logged as a warning or worse.</summary>
internal sealed class KeptLogs : ILoggerProvider, ILogger
    {
        private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

        public ConcurrentQueue<string> Lines { get; } = new();

        /// <summary>The answer of a call may be there before its turn has ended and was noted.</summary>
        public async Task WaitAsync(string grain, string method)
        {
            using var limit = new CancellationTokenSource(Limit);
            while (!Lines.Any(l => l.Contains(grain, StringComparison.Ordinal) && l.Contains(method, StringComparison.Ordinal)))
            {
                Assert.False(limit.IsCancellationRequested, $"No line names {grain} and {method}:\n{string.Join('\n', Lines)}");
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            }
        }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Lines.Enqueue(formatter(state, exception));

        public void Dispose()
        {
        }
    }
