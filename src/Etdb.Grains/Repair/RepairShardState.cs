using System.Collections.Immutable;
using Etdb.Domain.Repair;

namespace Etdb.Grains.Repair;

/// <summary>The datasets of a shard as version 1 kept them; moved to the shard's table of pages when it wakes.</summary>
[Immutable]
public sealed record ShardMembers
{
    /// <summary>Dataset ids, ordinal order.</summary>
    public ImmutableSortedSet<string> Datasets { get; init; } = ImmutableSortedSet<string>.Empty.WithComparer(StringComparer.Ordinal);
}

/// <summary>Those of them that were not whole, as version 1 kept them.</summary>
[Immutable]
public sealed record ShardOpen
{
    /// <summary>By dataset id.</summary>
    public ImmutableSortedDictionary<string, RepairTicket> Tickets { get; init; } = ImmutableSortedDictionary<string, RepairTicket>.Empty.WithComparers(StringComparer.Ordinal);
}

/// <summary>How a dataset is kept in the shard's table of pages: key its id, value empty when it is whole, else <c>o</c> and the level it had, if it was planned.</summary>
internal static class ShardRows
{
    public const string Whole = "";

    public static string Open(PriorityKey? key) => key is { } k ? $"o{(int)k.Level}" : "o";

    /// <summary>What is known of an open row after a restart; null when it was never planned.</summary>
    public static PriorityKey? KeyOf(string id, string value, DateTimeOffset now) =>
        value.Length == 2 ? new PriorityKey((RepairLevel)(value[1] - '0'), 0, 0, now, id) : null;
}
