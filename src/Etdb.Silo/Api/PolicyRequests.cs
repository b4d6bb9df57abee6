using System.Globalization;
using Etdb.Domain.Replication;

namespace Etdb.Silo.Api;

/// <summary>
/// Changes a policy: what is left out stays as it is now. With <c>inherit</c> the policy is given up for the one above it. Ranges: target 1..32, floor
/// 1..target, most target..64, days as <c>GET /policy</c> tells.
/// </summary>
public sealed record PolicyRequest(
    string? Author,
    string? Reason,
    bool Inherit = false,
    int? Target = null,
    int? Floor = null,
    int? Most = null,
    string? DistinctBy = null,
    IReadOnlyList<string>? IncludeTags = null,
    IReadOnlyList<string>? ExcludeTags = null,
    string? VerifiedBy = null,
    double? VerifiedWithinDays = null,
    double? KeepRetiredDays = null,
    double? KeepSurplusDays = null,
    string? Name = null) : OperatorRequest(Author, Reason)
{
    private const int NameMaximum = 60;
    private const int TagMaximum = 64;
    private const double DaysMaximum = 100_000;

    /// <summary>The policy that is wished, from the one that holds now; else the field that cannot be used, and why.</summary>
    internal (ReplicationPolicy? Policy, (string Field, string Text)? Problem) On(ReplicationPolicy now)
    {
        if ((Text(Name, NameMaximum, "name") ?? Tags(IncludeTags, "includeTags") ?? Tags(ExcludeTags, "excludeTags") ?? Days()) is { } bad)
        {
            return (null, bad);
        }

        if (Word(DistinctBy, now.DistinctBy) is not { } by)
        {
            return (null, ("distinctBy", $"'{DistinctBy}' is not a domain; use member, site, country or node."));
        }

        if (Word(VerifiedBy, now.MinimumDepth) is not { } depth || depth == VerificationDepth.None)
        {
            return (null, ("verifiedBy", $"'{VerifiedBy}' is not a depth of checking; use root, sample or full."));
        }

        var target = Target ?? now.Target;
        var policy = now with
        {
            Name = Name ?? now.Name,
            Target = target,
            // A target alone moves what must not be above or below it along.
            Floor = Floor ?? Math.Clamp(now.Floor, 1, Math.Max(1, target)),
            Most = Most ?? Math.Max(now.Most, target),
            DistinctBy = by,
            IncludeTags = IncludeTags ?? now.IncludeTags,
            ExcludeTags = ExcludeTags ?? now.ExcludeTags,
            MinimumDepth = depth,
            MaximumVerificationAge = Span(VerifiedWithinDays) ?? now.MaximumVerificationAge,
            RetireGrace = Span(KeepRetiredDays) ?? now.RetireGrace,
            SurplusGrace = Span(KeepSurplusDays) ?? now.SurplusGrace,
        };
        return policy.Problems() is [var first, ..] ? (null, (char.ToLowerInvariant(first.Field[0]) + first.Field[1..], first.Text)) : (policy, null);
    }

    private static TimeSpan? Span(double? days) => days is { } d ? TimeSpan.FromDays(d) : null;

    private static (string, string)? Text(string? value, int most, string field)
        => value is not null && (value.Length is 0 || value.Length > most || value.Any(char.IsControl)) ? (field, $"It must be one line of 1 to {most} characters.") : null;

    private static (string, string)? Tags(IReadOnlyList<string>? tags, string field)
        => tags?.Select(t => Text(t, TagMaximum, field)).FirstOrDefault(p => p is not null);

    private (string, string)? Days()
    {
        foreach (var (field, value) in new[] { ("verifiedWithinDays", VerifiedWithinDays), ("keepRetiredDays", KeepRetiredDays), ("keepSurplusDays", KeepSurplusDays) })
        {
            if (value is { } days && !(days >= 0 && days <= DaysMaximum))
            {
                return (field, string.Create(CultureInfo.InvariantCulture, $"{field} is {days}; allowed is 0 to {DaysMaximum} days, and less for some of them."));
            }
        }

        return null;
    }

    private static T? Word<T>(string? word, T now)
        where T : struct, Enum
        => word is null ? now : Enum.TryParse<T>(word, ignoreCase: true, out var value) && !char.IsAsciiDigit(word[0]) && word[0] != '-' && Enum.IsDefined(value) ? value : null;
}

/// <summary>Sets how much of a publisher is taken on; null for no limit.</summary>
public sealed record QuotaRequest(string? Author, string? Reason, long? MostDatasets, long? MostBytes) : OperatorRequest(Author, Reason);

/// <summary>A policy with all its numbers.</summary>
public sealed record FullPolicyView(
    string Name,
    int Target,
    int Floor,
    int Most,
    string DistinctBy,
    IReadOnlyList<string> IncludeTags,
    IReadOnlyList<string> ExcludeTags,
    string VerifiedBy,
    double VerifiedWithinDays,
    double KeepRetiredDays,
    double KeepSurplusDays)
{
    internal static FullPolicyView Of(ReplicationPolicy p) => new(
        p.Name, p.Target, p.Floor, p.Most, Grains.Words.Of(p.DistinctBy), p.IncludeTags, p.ExcludeTags, Grains.Words.Of(p.MinimumDepth),
        p.MaximumVerificationAge.TotalDays, p.RetireGrace.TotalDays, p.SurplusGrace.TotalDays);
}

/// <summary>The consortium's policy, and within what any may lie.</summary>
public sealed record ConsortiumPolicyView(FullPolicyView Policy, PolicyRangesView Ranges);

/// <summary>Ranges of a policy's numbers; floor is at most target, most at least target.</summary>
public sealed record PolicyRangesView(
    IReadOnlyList<int> Target,
    IReadOnlyList<int> Most,
    IReadOnlyList<int> Tags,
    IReadOnlyList<double> VerifiedWithinDays,
    IReadOnlyList<double> KeepRetiredDays,
    IReadOnlyList<double> KeepSurplusDays);

/// <summary>
/// The policy of a dataset. <c>source</c> is <c>dataset|publisher|consortium</c>; <c>have</c> counts verified independent copies; <c>waitingFor</c> is what the
/// wish waits for, such as members; null when it can be fulfilled.
/// </summary>
public sealed record DatasetPolicyView(
    string Id,
    string Title,
    string Publisher,
    FullPolicyView Policy,
    string Source,
    FullPolicyView? Own,
    FullPolicyView? Publishers,
    FullPolicyView Consortium,
    int Have,
    string? WaitingFor);

/// <summary>What was agreed with a publisher; <c>policy</c> null leaves its datasets to the consortium; <c>beyond</c> counts datasets the quota does not reach to.</summary>
public sealed record PublisherPolicyView(string Publisher, FullPolicyView? Policy, long? MostDatasets, long? MostBytes, long Datasets, long Bytes, long Beyond, bool Telling);
