using System.CommandLine;
using Etdb.Cli.CommandLine;
using Etdb.Cli.Remote;
using Etdb.Silo.Api;
using Etdb.Silo.Security;

namespace Etdb.Cli.Operators;

/// <summary><c>etdb member invite|invites|uninvite</c>: an admin's half of joining.</summary>
internal static class MemberInviteCommands
{
    public static Command Invite()
    {
        var member = new Argument<string>("MEMBER") { Description = "Id the member has or shall have, such as leiden." };
        var name = new Option<string>("--name") { Description = "Name of the institution.", Required = true };
        var country = new Option<string?>("--country") { Description = "ISO 3166 code, such as NL." };
        var length = Durations.Option("--for", "How long the invitation is good, such as 12h or 7d; default 7 days.");
        return new Command("invite", "Make an invitation: with it one node may join as that member's, once.") { member, name, country, length }
            .WithServer()
            .WithExamples("etdb member invite leiden --name 'University Library, Leiden' --country NL", "etdb member invite leiden --name 'University Library, Leiden' --for 12h --json")
            .Does(async (result, output, ct) =>
            {
                using var client = ServerOptions.Client(result);
                var expires = result.GetValue(length) is { } span ? TimeProvider.System.GetUtcNow() + span : (DateTimeOffset?)null;
                var body = new InviteRequest(result.GetValue(member), result.GetValue(name), result.GetValue(country), expires, Environment.UserName);
                var made = await client.PostAsync<InviteMadeView>("invites", body, ct) ?? throw new CliException("the server has no /api/v1/invites; is it an etdb silo of this version?");
                output.Write(made, text =>
                {
                    text.WriteLine($"Good until {made.ExpiresAt:u}, once. It is shown this once; the member's operator runs:");
                    text.WriteLine(made.Command);
                });
                return CliExit.Done;
            });
    }

    public static Command Invites() => new Command("invites", "List the invitations and what became of them.")
        .WithServer()
        .WithExamples("etdb member invites", "etdb member invites --json")
        .Does(async (result, output, ct) =>
        {
            using var client = ServerOptions.Client(result);
            var invites = await client.NeedAsync<Listing<InviteListView>>("invites", ct);
            output.Write(invites.Items, text => ClusterLists.Table(
                text,
                ["Invitation", "Member", "State", "Expires", "Node", "By", "Stood in the way"],
                invites.Items.Select(i => new[]
                {
                    i.Id, i.Member, i.State, $"{i.ExpiresAt:u}", i.Node ?? "", i.Author, string.Join(' ', i.LastChecks.Where(c => c.Result == "failed").Select(c => c.Name)),
                })));
            return CliExit.Done;
        });

    public static Command Revoke()
    {
        var invite = new Argument<string>("INVITATION") { Description = "Id of the invitation, or the invitation itself; 'etdb member invites' shows them." };
        return new Command("uninvite", "Take an invitation back that nobody has used.") { invite }
            .WithServer()
            .WithExamples("etdb member uninvite 0f8a…")
            .Does(async (result, output, ct) =>
            {
                using var client = ServerOptions.Client(result);
                var id = InviteText.Peek(result.GetValue(invite))?.Id ?? result.GetValue(invite)!; // What makes it good is not sent along.
                var done = await client.DeleteAsync<DoneView>($"invites/{Uri.EscapeDataString(id)}", ct)
                    ?? throw new CliException($"there is no invitation '{id}'; 'etdb member invites' shows them.");
                output.Write(done, text => text.WriteLine(done.Text));
                return CliExit.Done;
            });
    }
}
