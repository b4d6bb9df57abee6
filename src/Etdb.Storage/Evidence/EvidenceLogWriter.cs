using System.Threading.Channels;
using Etdb.Domain.Audit;
using Microsoft.Extensions.Hosting;

namespace Etdb.Storage.Evidence;

/// <summary>
/// The evidence log in a database. One writer appends what waits in one transaction (group commit) and only then answers the callers. What could not
/// be written is not acknowledged: the callers keep their state and try again.
/// </summary>
public abstract class EvidenceLogWriter : BackgroundService, IEvidenceLog, IEvidenceReader
{
    /// <summary>Calls that may wait for the writer.</summary>
    public const int MostQueued = 4_096;

    private const int MostInBatch = 1_024;
    private readonly Channel<Waiting> _queue = Channel.CreateBounded<Waiting>(new BoundedChannelOptions(MostQueued) { SingleReader = true });

    /// <summary>Where it is, for messages.</summary>
    protected abstract string Place { get; }

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken).ConfigureAwait(false);
        await base.StartAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask AppendAsync(IReadOnlyList<EvidenceEntry> entries, CancellationToken cancellationToken)
    {
        var waiting = new Waiting(entries);
        await _queue.Writer.WriteAsync(waiting, cancellationToken).ConfigureAwait(false);
        await waiting.Done.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<Domain.Audit.EvidenceEntry> ReadAsync(long after, CancellationToken cancellationToken) => ReadAsync(after, onlyCalls: false, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<Domain.Audit.EvidenceEntry> CallsAsync(long after, CancellationToken cancellationToken) => ReadAsync(after, onlyCalls: true, cancellationToken);

    /// <inheritdoc/>
    public abstract Task<EvidenceHead> HeadAsync(CancellationToken cancellationToken);

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _queue.Writer.TryComplete();
        await base.StopAsync(cancellationToken).ConfigureAwait(false);
        await CloseAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var batch = new List<Waiting>();
        while (await _queue.Reader.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false))
        {
            batch.Clear();
            while (batch.Count < MostInBatch && _queue.Reader.TryRead(out var waiting))
            {
                batch.Add(waiting);
            }

            try
            {
                await WriteAsync([.. batch.SelectMany(w => w.Entries).Select(Draft)]).ConfigureAwait(false);
                batch.ForEach(w => w.Done.TrySetResult());
            }
            catch (Exception e) when (e is System.Data.Common.DbException or TimeoutException)
            {
                batch.ForEach(w => w.Done.TrySetException(new IOException($"The evidence log '{Place}' could not be written: {e.Message}", e)));
            }
        }
    }

    /// <summary>Streams entries after a position, all or calls only.</summary>
    protected abstract IAsyncEnumerable<Domain.Audit.EvidenceEntry> ReadAsync(long after, bool onlyCalls, CancellationToken cancellationToken);

    /// <summary>Opens the database.</summary>
    protected abstract Task OpenAsync(CancellationToken cancellationToken);

    /// <summary>Closes it.</summary>
    protected abstract Task CloseAsync();

    /// <summary>Chains and appends all of them in one transaction, or none.</summary>
    protected abstract Task WriteAsync(IReadOnlyList<EvidenceDraft> drafts);

    private static EvidenceDraft Draft(EvidenceEntry entry) => new(
        entry.At,
        entry.Kind switch { "audit" => EvidenceKind.Audit, "operator" => EvidenceKind.Override, "incident" => EvidenceKind.NodeEvent, "action" => EvidenceKind.Action, "call" => EvidenceKind.Call,
            "anchor" => EvidenceKind.Anchor,
            _ => EvidenceKind.StateChange },
        entry.Dataset ?? "",
        entry.Node ?? "",
        entry.Outcome,
        entry.Depth,
        entry.Blocks,
        entry.Author,
        entry.Detail);

    private sealed record Waiting(IReadOnlyList<EvidenceEntry> Entries)
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
