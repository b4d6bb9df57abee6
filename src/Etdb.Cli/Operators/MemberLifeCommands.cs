using System.CommandLine;
using Etdb.Cli.CommandLine;
using Etdb.Cli.Remote;
using Etdb.Silo.Api;

namespace Etdb.Cli.Operators;

/// <summary><c>etdb member show|set|maintain|leave|remove</c>: what a member's operator does after joining.</summary>
internal static class MemberLifeCommands
{
    public static Command Show()
    {
        var member = Member();
        return new Command("show", "Everything of one member: standing, what its probation waits for, pledge, contact, nodes.") { member }
            .WithServer()
            .WithExamples("etdb member show leiden")
            .Does(async (result, output, ct) =>
            {
                using var client = ServerOptions.Client(result);
                return Print(output, await client.GetAsync<MemberDetailView>(Path(result.GetValue(member)!), ct), result.GetValue(member)!);
            });
    }

    public static Command Set()
    {
        var member = Member();
        var name = new Option<string?>("--name") { Description = "Name of the institution." };
        var country = new Option<string?>("--country") { Description = "ISO 3166 code." };
        var contact = new Option<string?>("--contact") { Description = "Whom to call: a mail address." };
        var pledge = Sizes.Option("--pledge", "What the member promises to keep, such as 4TB.");
        return new Command("set", "Change what a member says of itself.") { member, name, country, contact, pledge }
            .WithServer()
            .WithExamples("etdb member set leiden --pledge 8TB --contact archive@example.org")
            .Does(async (result, output, ct) =>
            {
                using var client = ServerOptions.Client(result);
                var body = new ProfileRequest(result.GetValue(name), result.GetValue(country), result.GetValue(pledge), null, result.GetValue(contact));
                return Print(output, await client.PostAsync<MemberDetailView>(Path(result.GetValue(member)!) + "/profile", body, ct), result.GetValue(member)!);
            });
    }

    public static Command Maintain()
    {
        var member = Member();
        var length = Durations.Option("--for", "How long, such as 2h, 90m or 3d.");
        var end = new Option<bool>("--end") { Description = "The maintenance is over." };
        return new Command("maintain", "Announce that all nodes of a member will be away or busy: their silence is borne until then.") { member, length, end }
            .WithOperator()
            .WithExamples("etdb member maintain leiden --for 6h --reason 'power works'", "etdb member maintain leiden --end --reason 'done early'")
            .Does((result, output, ct) =>
            {
                if (result.GetValue(end) == result.GetValue(length) is not null)
                {
                    throw new CliException("say either how long (--for 2h) or that it is over (--end).");
                }

                var until = result.GetValue(length) is { } span ? TimeProvider.System.GetUtcNow() + span : (DateTimeOffset?)null;
                return PostAsync(result, output, result.GetValue(member)!, "maintenance", new MaintenanceRequest(OperatorOptions.AuthorOf(result), result.GetValue(OperatorOptions.Reason), until), ct);
            });
    }

    public static Command Leave() => Act("leave", "Begin leaving: what the member keeps is replaced elsewhere first.", "leave", "etdb member leave leiden --reason 'the archive closes'");

    public static Command Remove() => Act("remove", "End leaving: take the member's nodes out, once nothing depends on them.", "remove", "etdb member remove leiden --reason 'has left'");

    private static Command Act(string name, string about, string act, string example)
    {
        var member = Member();
        return new Command(name, about) { member }
            .WithOperator()
            .WithExamples(example)
            .Does((result, output, ct) => PostAsync(result, output, result.GetValue(member)!, act, new LeaveRequest(OperatorOptions.AuthorOf(result), result.GetValue(OperatorOptions.Reason)), ct));
    }

    private static async Task<int> PostAsync(ParseResult result, CliOutput output, string member, string act, object body, CancellationToken ct)
    {
        using var client = ServerOptions.Client(result);
        var done = await client.PostAsync<DoneView>($"{Path(member)}/{act}", body, ct) ?? throw Unknown(member);
        output.Write(done, text => text.WriteLine(done.Text));
        return CliExit.Done;
    }

    private static int Print(CliOutput output, MemberDetailView? member, string id)
    {
        var m = member ?? throw Unknown(id);
        output.Write(m, text =>
        {
            text.WriteLine($"{m.Id}: {m.Name}{(m.Country.Length > 0 ? $", {m.Country}" : "")}");
            text.WriteLine($"  {m.State}{(m.StateReason is null ? "" : $": {m.StateReason}")}");
            if (m.Probation is not null)
            {
                text.WriteLine($"  {m.Probation}");
            }

            text.WriteLine($"  pledge {(m.PledgeBytes is { } pledge ? Sizes.Text(pledge) : "not said")}{(m.PledgeUntil is { } until ? $" until {until:u}" : "")}, contact {m.Contact ?? "not said"}");
            text.WriteLine($"  nodes {string.Join(' ', m.Nodes)}");
        });
        return CliExit.Done;
    }

    private static CliException Unknown(string member) => new($"there is no member '{member}'; 'etdb member list' shows them.");

    private static string Path(string member) => $"members/{Uri.EscapeDataString(member)}";

    private static Argument<string> Member() => new("MEMBER") { Description = "Id of the member; 'etdb member list' shows them." };
}
