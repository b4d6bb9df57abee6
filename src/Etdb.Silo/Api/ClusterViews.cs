using System.Text.Json.Serialization;
using Etdb.Domain.Durability;
using Etdb.Storage.Catalogue;

namespace Etdb.Silo.Api;

/// <summary>A page of a list; <paramref name="TotalIsAtLeast"/> is true when counting ended at <paramref name="Total"/> and there may be more.</summary>
public sealed record Page<T>(
    IReadOnlyList<T> Items,
    string? Next,
    long? Total,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? TotalIsAtLeast = null);

/// <summary>A list that is always whole.</summary>
public sealed record Listing<T>(IReadOnlyList<T> Items, long Total);

/// <summary>The consortium's one-page view.</summary>
public sealed record HealthView(
    DateTimeOffset At,
    DatasetCounts Datasets,
    ReplicaCounts Replicas,
    BytesView Bytes,
    RiskView Risk,
    IReadOnlyList<MatrixCell> Matrix,
    IReadOnlyList<AgeBucket> VerifiedAge);

/// <summary>Datasets by state.</summary>
public sealed record DatasetCounts(long Total, long Healthy, long Degraded, long Endangered, long Lost, long Pending);

/// <summary>Replicas by state.</summary>
public sealed record ReplicaCounts(long Assigned, long Claimed, long Verified, long Suspect, long Missing, long Corrupt, long Unreachable)
{
    /// <summary>From counts by state word.</summary>
    public static ReplicaCounts Of(IReadOnlyDictionary<string, long> counts)
    {
        long Count(string state) => counts.TryGetValue(state, out var n) ? n : 0;
        return new(Count("assigned"), Count("claimed"), Count("verified"), Count("suspect"), Count("missing"), Count("corrupt"), Count("unreachable"));
    }
}

/// <summary>Size of all datasets, and of their verified replicas.</summary>
public sealed record BytesView(long Logical, long Stored);

/// <summary>Datasets expected to be lost in a year if every dataset only ever held as many copies as are verified today; null without datasets.</summary>
/// <param name="ExpectedLossesPerYear">By the birth-death model of docs/internals/durability-model.md.</param>
/// <param name="AssumedLossRatePerYear">Losses of one replica a year it assumes.</param>
/// <param name="AssumedWindowDays">Days from a loss to its verified replacement it assumes.</param>
public sealed record RiskView(double? ExpectedLossesPerYear, double AssumedLossRatePerYear, double AssumedWindowDays);

/// <summary>Datasets with so many healthy and so many retrievable copies, and one of them.</summary>
public sealed record MatrixCell(int Healthy, int Retrievable, long Count, string Example);

/// <summary>Verified replicas whose proof is at most so old; null for older.</summary>
public sealed record AgeBucket(int? MaxDays, long Count);

/// <summary>A node.</summary>
public sealed record NodeView(
    string Id,
    string Member,
    string Site,
    string Country,
    string State,
    DateTimeOffset Since,
    string? Agent,
    long? CapacityBytes,
    long? UsedBytes,
    ReplicaCounts Replicas,
    DateTimeOffset? LastProbeAt,
    QueueView Queue,
    string? Problem);

/// <summary>Work waiting on a node.</summary>
public sealed record QueueView(int Pins, int Audits);

/// <summary>A member.</summary>
public sealed record MemberView(string Id, string Name, string Country, string State, IReadOnlyList<string> Nodes, long? PledgeBytes, long UsedBytes, long Replicas);

/// <summary>Work on one replica.</summary>
public sealed record RepairView(
    string Dataset,
    string Title,
    string Kind,
    string Node,
    IReadOnlyList<string> Sources,
    string Phase,
    int Level,
    double Risk,
    ProgressView Progress,
    DateTimeOffset Since,
    int Attempts,
    string? Cause,
    DateTimeOffset? NextAt);

/// <summary>How far work has come; total is null when unknown.</summary>
public sealed record ProgressView(long Blocks, long Bytes, long? TotalBytes);

/// <summary>Something that happened to a node.</summary>
public sealed record IncidentView(
    string Id,
    string Kind,
    string Node,
    string Member,
    DateTimeOffset OpenedAt,
    double? DetectedSeconds,
    DateTimeOffset? HealedAt,
    double? HealedSeconds,
    int Datasets,
    long BytesReseeded,
    string Text);

/// <summary>One line of a dataset's story.</summary>
public sealed record StoryView(DateTimeOffset At, string Kind, string Text, string? Node);

/// <summary>A story line as it is told live.</summary>
public sealed record StoryEventView(string Dataset, string? Title, DateTimeOffset At, string Kind, string Text, string? Node);

/// <summary>Turns catalogue rows into the shapes of the API.</summary>
internal static class ClusterViews
{
    // What institutional nodes lose, operators' mistakes included, and a cautious time to notice and repair; until both are measured here.
    private const double LossRatePerYear = 0.05;
    private const double WindowDays = 30;

    private static readonly int?[] AgeLimits = [1, 7, 30, 90, null];

    public static HealthView Health(CatalogueHealth h, DateTimeOffset at)
    {
        long Count(string state) => h.Datasets.TryGetValue(state, out var n) ? n : 0;
        var total = h.Datasets.Where(d => d.Key != "deactivated").Sum(d => d.Value);
        return new HealthView(
            at,
            new DatasetCounts(total, Count("healthy"), Count("degraded"), Count("endangered"), Count("lost"), Count("pending")),
            ReplicaCounts.Of(h.Replicas),
            new BytesView(h.LogicalBytes, h.StoredBytes),
            new RiskView(total == 0 ? null : h.Matrix.Sum(ExpectedLosses), LossRatePerYear, WindowDays),
            [.. h.Matrix.Select(m => new MatrixCell(m.Healthy, m.Retrievable, m.Count, m.Example))],
            [.. AgeLimits.Zip(h.VerifiedAt, (days, count) => new AgeBucket(days, count))]);
    }

    // Copies that are not proven count for nothing; a dataset without a proven copy is as good as one copy that nobody replaces.
    private static double ExpectedLosses((int Healthy, int Retrievable, long Count, string Example) cell) => cell.Healthy == 0
        ? cell.Count * (1 - Math.Exp(-LossRatePerYear))
        : new BirthDeathModel { Replicas = cell.Healthy, LossRatePerYear = LossRatePerYear, WindowDays = WindowDays }.ExpectedLossesPerYear(cell.Count);

    public static NodeView Node(NodeRow n, IReadOnlyDictionary<string, long> replicas) => new(
        n.Id, n.Member, n.Site, n.Country, n.State, n.Since, n.Agent, n.CapacityBytes, n.UsedBytes, ReplicaCounts.Of(replicas), n.LastProbeAt, new QueueView(n.QueuedPins, n.QueuedAudits), n.Problem);

    public static MemberView Member(MemberSummary m) => new(m.Member.Id, m.Member.Name, m.Member.Country, m.Member.State, m.Nodes, m.Member.PledgeBytes, m.UsedBytes, m.Replicas);

    public static RepairView Repair(RepairRow r, string title) => new(
        r.Dataset, title, r.Kind, r.Node, r.Sources, r.Phase, r.Level, r.Risk, new ProgressView(r.Blocks, r.Bytes, r.TotalBytes > 0 ? r.TotalBytes : null), r.Since, r.Attempts, r.Cause, r.NextAt);

    public static IncidentView Incident(IncidentRow i) => new(
        i.Id, i.Kind, i.Node, i.Member, i.OpenedAt, (i.OpenedAt - i.LastGoodAt)?.TotalSeconds, i.HealedAt, (i.HealedAt - i.OpenedAt)?.TotalSeconds, i.Datasets, i.BytesReseeded, i.Text);
}
