using System.Text.Json;
using Etdb.Storage.Catalogue;
using Etdb.Storage.Evidence;

namespace Etdb.Grains;

/// <summary>
/// Where grains show (catalogue, write-behind) and prove (evidence, durable) what they do. One per process. Evidence is written before
/// the state it speaks of is acknowledged, so no change of state goes without; a crash in between leaves an entry twice, never none.
/// </summary>
public sealed class Reporter(ICatalogueSink catalogue, IEvidenceLog evidence, TimeProvider time, SiloStop stop)
{
    /// <summary>Now, by the injected clock.</summary>
    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>The injected clock.</summary>
    public TimeProvider Time => time;

    /// <summary>Whether this silo is about to end.</summary>
    public bool Stopping => stop.Begun;

    /// <summary>What was shown of datasets by this process.</summary>
    public Datasets.ShownDatasets Shown { get; } = new();

    /// <summary>Queues a visible change.</summary>
    public ValueTask ShowAsync(CatalogueChange change) => catalogue.WriteAsync(change, CancellationToken.None);

    /// <summary>Appends one piece of evidence; <paramref name="detail"/> becomes compact JSON.</summary>
    public ValueTask ProveAsync(string kind, string? dataset, string? node, string outcome, object detail, string author = EvidenceEntry.Cluster) =>
        evidence.AppendAsync([new EvidenceEntry(Now, kind, dataset, node, outcome, JsonSerializer.Serialize(detail), author)], CancellationToken.None);

    /// <summary>Appends several at once.</summary>
    public ValueTask ProveAsync(IReadOnlyList<EvidenceEntry> entries) =>
        entries.Count == 0 ? ValueTask.CompletedTask : evidence.AppendAsync(entries, CancellationToken.None);
}
