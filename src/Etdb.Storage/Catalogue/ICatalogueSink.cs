namespace Etdb.Storage.Catalogue;

/// <summary>
/// Where grains put what readers may see. Write-behind: the call returns when the change is queued (it waits only while the bounded
/// queue is full), a batch is committed shortly after, and everything can be rebuilt from the grains. Rows carry the version of the
/// grain state they show; an older version never overwrites a newer one, so order of arrival does not matter.
/// </summary>
public interface ICatalogueSink
{
    /// <summary>Queues one change.</summary>
    ValueTask WriteAsync(CatalogueChange change, CancellationToken cancellationToken);
}

/// <summary>One visible change. A closed family: see the records below.</summary>
public abstract record CatalogueChange
{
    private protected CatalogueChange()
    {
    }
}

/// <summary>A dataset and its replica table as they are now (replicas not named are gone).</summary>
public sealed record DatasetChanged(DatasetRow Dataset, IReadOnlyList<ReplicaRow> Replicas) : CatalogueChange;

/// <summary>A node as it is now.</summary>
public sealed record NodeChanged(NodeRow Node) : CatalogueChange;

/// <summary>A member as it is now.</summary>
public sealed record MemberChanged(MemberRow Member) : CatalogueChange;

/// <summary>A publisher as it is now.</summary>
public sealed record PublisherChanged(PublisherRow Publisher) : CatalogueChange;

/// <summary>Work on a replica as it is now; phase <c>done</c> or <c>failed</c> ends it.</summary>
public sealed record RepairChanged(RepairRow Repair) : CatalogueChange;

/// <summary>An incident was opened, grew, or was healed.</summary>
public sealed record IncidentChanged(IncidentRow Incident) : CatalogueChange;

/// <summary>A line in the story of a dataset. (dataset, sequence) is unique; a repeated one is ignored.</summary>
public sealed record StoryAdded(StoryRow Story) : CatalogueChange;

/// <summary>Something was seen of a node. (node, time, kind, dataset) is unique; a repeated one is ignored.</summary>
public sealed record ObservationAdded(ObservationRow Observation) : CatalogueChange;
