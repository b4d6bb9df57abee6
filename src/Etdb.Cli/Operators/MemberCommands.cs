using System.CommandLine;
using Etdb.Cli.CommandLine;
using Etdb.Cli.Remote;
using Etdb.Silo.Api;

namespace Etdb.Cli.Operators;

/// <summary><c>etdb member invite|join|show|set|maintain|leave|remove|list|standing</c>.</summary>
internal static class MemberCommands
{
    public static Command Build() => new("member", "Invite members, join as one, look after those there are, leave.") 
    {
        MemberInviteCommands.Invite(), MemberInviteCommands.Invites(), MemberInviteCommands.Revoke(), MemberJoinCommand.Build(),
        ClusterLists.Members(), MemberLifeCommands.Show(), MemberLifeCommands.Set(), MemberLifeCommands.Maintain(), MemberLifeCommands.Leave(), MemberLifeCommands.Remove(), Standing(), MemberLineCommand.Build(),
    };

    private static Command Standing()
    {
        var member = new Argument<string>("MEMBER") { Description = "Id of the member; 'etdb member list' shows them." };
        var standing = new Argument<string>("STANDING") { Description = "active, draining (its copies are sources but no longer count) or left." };
        standing.AcceptOnlyFromAmong("active", "draining", "left");
        return new Command("standing", "Change where a member stands.") { member, standing }
            .WithOperator()
            .WithExamples("etdb member standing m2 draining --reason 'leaves the consortium in June'", "etdb member standing m2 active --reason 'stays'")
            .Does(async (result, output, ct) =>
            {
                using var client = ServerOptions.Client(result);
                var id = result.GetValue(member)!;
                var body = new StandingRequest(OperatorOptions.AuthorOf(result), result.GetValue(OperatorOptions.Reason), result.GetValue(standing));
                var done = await client.PostAsync<DoneView>($"members/{Uri.EscapeDataString(id)}/standing", body, ct)
                    ?? throw new CliException($"there is no member '{id}'; 'etdb member list' shows them.");
                output.Write(done, text => text.WriteLine(done.Text));
                return CliExit.Done;
            });
    }
}
