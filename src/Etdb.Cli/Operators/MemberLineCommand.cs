using System.CommandLine;
using System.Globalization;
using Etdb.Cli.CommandLine;
using Etdb.Cli.Remote;
using Etdb.Silo.Api;

namespace Etdb.Cli.Operators;

/// <summary><c>etdb member line</c>: what repairs may use of a member's bandwidth, and when it is left alone.</summary>
internal static class MemberLineCommand
{
    public static Command Build()
    {
        var member = new Argument<string>("MEMBER") { Description = "Id of the member; 'etdb member list' shows them." };
        var rate = Sizes.Option("--limit", "Most bytes a second, on average, such as 12MB (at least 1024).");
        var burst = Sizes.Option("--burst", "Bytes that may be saved up and sent at once, such as 2GB.");
        var quiet = new Option<string?>("--quiet") { Description = "Hours in which the line is left alone, such as 08:00-18:30; datasets down to their last copy move all the same." };
        var offset = new Option<double?>("--utc-offset") { Description = "Hours those times are ahead of UTC, -14 to 14; default that of this machine." };
        var free = new Option<bool>("--free") { Description = "No limit any more." };
        var reason = new Option<string?>("--reason") { Description = "Why; kept in the evidence log. Needed to change something." };
        var command = new Command("line", "Show, limit or free what repairs use of a member's bandwidth.") { member, rate, burst, quiet, offset, free, reason, OperatorOptions.Author };
        return command.WithServer()
            .WithExamples(
                "etdb member line leiden",
                "etdb member line leiden --limit 12MB --quiet 08:00-18:30 --utc-offset 1 --reason 'shared with the reading rooms'",
                "etdb member line leiden --free --reason 'own line now'")
            .Does(async (result, output, ct) =>
            {
                using var client = ServerOptions.Client(result);
                var path = $"members/{Uri.EscapeDataString(result.GetValue(member)!)}/line";
                var (limit, hours, lift) = (result.GetValue(rate), result.GetValue(quiet), result.GetValue(free));
                if (limit is null && hours is null && !lift)
                {
                    return Print(output, await client.GetAsync<LineView>(path, ct), result.GetValue(member)!);
                }

                if (lift && (limit is not null || hours is not null))
                {
                    throw new CliException("say either a limit (--limit, --quiet) or that there is none (--free).");
                }

                if (result.GetValue(reason) is not { Length: > 0 } why)
                {
                    throw new CliException("say why with --reason; it is kept in the evidence log.");
                }

                var (from, until) = Hours(hours);
                var ahead = result.GetValue(offset) ?? TimeZoneInfo.Local.GetUtcOffset(TimeProvider.System.GetUtcNow()).TotalHours;
                var body = new LineRequest(OperatorOptions.AuthorOf(result), why, limit, result.GetValue(burst), from, until, ahead);
                return Print(output, await client.PostAsync<LineView>(path, body, ct), result.GetValue(member)!);
            });
    }

    private static (string? From, string? Until) Hours(string? text)
    {
        if (text is null)
        {
            return (null, null);
        }

        return text.Split('-', StringSplitOptions.TrimEntries) is [var from, var until] ? (from, until) : throw new CliException($"'{text}' are no hours; give them as 08:00-18:30.");
    }

    private static int Print(CliOutput output, LineView? line, string member)
    {
        var l = line ?? throw new CliException($"there is no member '{member}'; 'etdb member list' shows them.");
        output.Write(l, text =>
        {
            text.WriteLine(l.BytesPerSecond is { } rate ? $"{l.Member}: repairs use at most {Sizes.Text(rate)} a second on average, {Sizes.Text(l.BurstBytes)} at once" : $"{l.Member}: repairs may use all of the line");
            if (l.QuietFrom is not null)
            {
                text.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"  left alone from {l.QuietFrom} to {l.QuietUntil} (UTC{l.UtcOffsetHours:+0.##;-0.##;+0}){(l.QuietNowUntil is { } end ? $": quiet now, until {end:u}" : "")}"));
            }
        });
        return CliExit.Done;
    }
}
