using System.Globalization;
using Etdb.Domain.Access;
using Etdb.Domain.Repair;
using Etdb.Grains.Members;
using Etdb.Silo.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Orleans;

namespace Etdb.Silo.Api;

/// <summary>A member's line: what repairs may use of its bandwidth, and when it is left alone.</summary>
internal static class LineEndpoints
{
    private const long SlowestBytesPerSecond = 1_024;
    private const double OffsetMaximumHours = 14;
    private static readonly TimeSpan GrainLimit = TimeSpan.FromSeconds(30);

    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/members/{id}/line", LineAsync).Needs(Role.MemberOperator, Owner.Member).WithSummary("What repairs may use of the member's bandwidth, and when.");
        api.MapPost("/members/{id}/line", SetAsync).Needs(Role.MemberOperator, Owner.Member).WithSummary("Limits what repairs use of the member's bandwidth, or frees it.");
    }

    private static async Task<Results<Ok<LineView>, ProblemHttpResult>> LineAsync(IGrainFactory grains, TimeProvider time, string id, CancellationToken ct)
        => await IsKnownAsync(grains, time, id, ct) ? TypedResults.Ok(await ViewAsync(grains, time, id, ct)) : ApiProblems.NoSuchMember(id);

    private static async Task<Results<Ok<LineView>, ProblemHttpResult>> SetAsync(HttpContext http, IGrainFactory grains, TimeProvider time, string id, LineRequest body, CancellationToken ct)
    {
        var author = Caller.Of(http).AuthorOr(body.Author);
        if ((body with { Author = author }).Problem() is { } p)
        {
            return ApiProblems.BadRequest(p.Field, p.Text);
        }

        if (Read(body, out var line) is { } problem)
        {
            return problem;
        }

        if (!await IsKnownAsync(grains, time, id, ct))
        {
            return ApiProblems.NoSuchMember(id);
        }

        await grains.GetGrain<IMemberGrain>(id).SetLine(line, author, body.Reason!).WaitAsync(GrainLimit, time, ct);
        return TypedResults.Ok(await ViewAsync(grains, time, id, ct));
    }

    private static ProblemHttpResult? Read(LineRequest body, out BandwidthBudget? line)
    {
        line = null;
        if (body.BytesPerSecond is { } rate && rate < SlowestBytesPerSecond)
        {
            return ApiProblems.BadRequest("bytesPerSecond", $"bytesPerSecond is {rate}; allowed is {SlowestBytesPerSecond} or more, or none for no limit.");
        }

        if (body.BurstBytes is { } burst && (burst < 1 || body.BytesPerSecond is null))
        {
            return ApiProblems.BadRequest("burstBytes", $"burstBytes is {burst}; allowed is 1 or more, and only with bytesPerSecond.");
        }

        if (body.QuietFrom is null != body.QuietUntil is null)
        {
            return ApiProblems.BadRequest("quietFrom", "Quiet hours have a beginning and an end: give both quietFrom and quietUntil, or neither.");
        }

        QuietHours? quiet = null;
        if (body.QuietFrom is not null)
        {
            if (!Time(body.QuietFrom, out var from) || !Time(body.QuietUntil!, out var until))
            {
                return ApiProblems.BadRequest("quietFrom", $"'{body.QuietFrom}' to '{body.QuietUntil}' are not times of day; give them as 08:00 and 18:30.");
            }

            if (!(Math.Abs(body.UtcOffsetHours) <= OffsetMaximumHours))
            {
                return ApiProblems.BadRequest("utcOffsetHours", string.Create(CultureInfo.InvariantCulture, $"utcOffsetHours is {body.UtcOffsetHours}; allowed is -{OffsetMaximumHours} to {OffsetMaximumHours}."));
            }

            // Whole minutes: the time zones of this world have no finer ones.
            quiet = new QuietHours(from, until, TimeSpan.FromMinutes(Math.Round(body.UtcOffsetHours * 60)));
        }

        if (body.BytesPerSecond is null && quiet is null)
        {
            return null;
        }

        var unlimited = BandwidthBudget.Unlimited;
        line = unlimited with { BytesPerSecond = body.BytesPerSecond ?? 0, BurstBytes = body.BurstBytes ?? unlimited.BurstBytes, Quiet = quiet };
        return null;
    }

    private static bool Time(string text, out TimeOnly time) => TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out time);

    private static async Task<LineView> ViewAsync(IGrainFactory grains, TimeProvider time, string id, CancellationToken ct)
    {
        var line = await grains.GetGrain<IMemberGrain>(id).Line().WaitAsync(GrainLimit, time, ct);
        var quiet = line?.Quiet;
        return new LineView(
            id, line is { BytesPerSecond: > 0 } ? line.BytesPerSecond : null, line is { BytesPerSecond: > 0 } ? line.BurstBytes : null, quiet?.From.ToString("HH:mm", CultureInfo.InvariantCulture),
            quiet?.Until.ToString("HH:mm", CultureInfo.InvariantCulture), quiet?.UtcOffset.TotalHours, quiet?.EndsAt(time.GetUtcNow()));
    }

    private static async Task<bool> IsKnownAsync(IGrainFactory grains, TimeProvider time, string id, CancellationToken ct)
        => (await grains.GetGrain<IRegistryGrain>(IRegistryGrain.Key).Read(-1).WaitAsync(GrainLimit, time, ct))!.Members.Any(m => m.Id.Value == id);
}

/// <summary>
/// A member's line. Without rate and quiet hours it is free. <c>quietFrom</c> and <c>quietUntil</c> are times of day (08:00) at <c>utcOffsetHours</c>; datasets down to
/// their last copy move all the same.
/// </summary>
public sealed record LineRequest(
    string? Author,
    string? Reason,
    long? BytesPerSecond = null,
    long? BurstBytes = null,
    string? QuietFrom = null,
    string? QuietUntil = null,
    double UtcOffsetHours = 0) : OperatorRequest(Author, Reason);

/// <summary>A member's line; null is no limit; <c>quietNowUntil</c> is set during quiet hours.</summary>
public sealed record LineView(string Member, long? BytesPerSecond, long? BurstBytes, string? QuietFrom, string? QuietUntil, double? UtcOffsetHours, DateTimeOffset? QuietNowUntil);
