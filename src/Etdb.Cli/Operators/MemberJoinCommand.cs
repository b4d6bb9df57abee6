using System.CommandLine;
using Etdb.Cli.CommandLine;
using Etdb.Cli.Node;
using Etdb.Cli.Remote;
using Etdb.Silo.Api;
using Etdb.Silo.Security;

namespace Etdb.Cli.Operators;

/// <summary><c>etdb member join INVITE --node URL</c>: the one command of a member's operator.</summary>
internal static class MemberJoinCommand
{
    private static readonly Argument<string> Invite = new("INVITE") { Description = "The invitation, or @FILE." };
    private static readonly Option<string> Node = new("--node") { Description = "The node's RPC as the cluster reaches it, e.g. https://ipfs.example.org:5001.", Required = true };
    private static readonly Option<string?> Gateway = new("--gateway") { Description = "The node's gateway as other nodes reach it; without it bytes go through the cluster." };
    private static readonly Option<FileInfo?> NodeTokenFile = new("--node-token-file")
    {
        Description = "File with the node's credential, bearer:TOKEN or basic:USER:PASSWORD as in API.Authorizations; or ETDB_NODE_TOKEN.", HelpName = "FILE",
    };

    private static readonly Option<long?> Pledge = Sizes.Option("--pledge", "What the member promises to keep, such as 4TB.");
    private static readonly Option<long?> Capacity = Sizes.Option("--capacity", "Most bytes the cluster may use there; default what the node says.");
    private static readonly Option<string?> Contact = new("--contact") { Description = "Whom to call: a mail address." };
    private static readonly Option<string?> Site = new("--site") { Description = "Place within the institution: nodes at one site fail together." };
    private static readonly Option<string?> Country = new("--country") { Description = "Where the node stands, ISO 3166; default the member's country." };
    private static readonly Option<string[]> Tags = new("--tag") { Description = "A word policies may ask for (repeatable).", DefaultValueFactory = _ => [] };
    private static readonly Option<FileInfo?> TokenOut = new("--save-token") { Description = "Write the operator's token into this file instead of showing it.", HelpName = "FILE" };
    private static readonly Option<bool> CheckOnly = new("--check") { Description = "Only check the node; use nothing up." };

    public static Command Build() => new Command("join", "Join a cluster with a node of your institution; or say what stands in the way.")
        {
            Invite, Node, Gateway, NodeTokenFile, Pledge, Capacity, Contact, Site, Country, Tags, TokenOut, CheckOnly,
        }
        .WithServer()
        .WithExamples(
            "etdb member join etdb-invite.… --node https://ipfs.example.org:5001 --gateway https://ipfs.example.org --node-token-file /etc/etdb/node-token --pledge 4TB --contact it@example.org",
            "etdb member join @invite.txt --node https://ipfs.example.org:5001 --check")
        .Does(RunAsync);

    private static async Task<int> RunAsync(ParseResult result, CliOutput output, CancellationToken ct)
    {
        var text = result.GetValue(Invite)!;
        text = text.StartsWith('@') ? SecretFiles.Read(text[1..]) : text;
        var invite = InviteText.Peek(text) ?? throw new CliException("that is no invitation: it begins with 'etdb-invite.' and has to be given whole.");
        NodeAccess.ParseUrl(result.GetValue(Node)!);
        var server = result.GetValue(ServerOptions.Server) ?? Environment.GetEnvironmentVariable("ETDB_SERVER") ?? invite.Server;
        if (!Uri.TryCreate(server, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
        {
            throw new CliException($"the invitation names the server '{server}'; name another with --server.");
        }

        if (address.Scheme == "http" && !address.IsLoopback)
        {
            throw new CliException($"{address} is not encrypted: the invitation and the node's credential could be read on the way. Ask for an https address.");
        }

        if (result.GetValue(TokenOut) is { } target)
        {
            SecretFiles.RequireWritable(target.FullName); // Found out afterwards, the invitation would be used up and the token lost.
        }

        using var client = new SiloClient(address, null);
        var answer = await client.PostAsync<JoinView>("join", Body(result, text), ct) ?? throw new CliException($"{address} has no /api/v1/join; is it an etdb silo of this version?");
        var kept = Keep(result, output, answer);
        output.Write(kept, writer => Print(writer, kept, invite, result.GetValue(TokenOut)));
        return answer.Outcome == "refused" ? CliExit.No : CliExit.Done;
    }

    private static JoinBody Body(ParseResult result, string invite)
    {
        var credential = result.GetValue(NodeTokenFile) is { } file ? SecretFiles.Read(file.FullName) : Environment.GetEnvironmentVariable("ETDB_NODE_TOKEN");
        return new JoinBody(
            invite,
            new JoinNodeBody(
                result.GetValue(Node), result.GetValue(Gateway), credential is { Length: > 0 } ? credential : null, result.GetValue(Site), result.GetValue(Country), result.GetValue(Tags), result.GetValue(Capacity)),
            result.GetValue(Pledge),
            null,
            result.GetValue(Contact),
            TimeProvider.System.GetUtcNow(),
            result.GetValue(CheckOnly));
    }

    /// <summary>Into the file that was asked for, and then nowhere else.</summary>
    private static JoinView Keep(ParseResult result, CliOutput output, JoinView answer)
    {
        if (answer.Token is null || result.GetValue(TokenOut) is not { } file)
        {
            return answer;
        }

        try
        {
            SecretFiles.Write(file.FullName, answer.Token);
            return answer with { Token = null };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            output.Messages.WriteLine($"The token could not be written to '{file.FullName}' ({e.Message}); it is shown instead, this once.");
            return answer;
        }
    }

    private static void Print(TextWriter text, JoinView answer, InvitePayload invite, FileInfo? tokenFile)
    {
        foreach (var check in answer.Checks)
        {
            var mark = check.Result switch { "passed" => "+", "warning" => "!", "failed" => "-", _ => "?" };
            text.WriteLine($"  {mark} {check.Name}: {check.Text}{(check.Advice is null ? "" : $" {check.Advice}")}");
        }

        text.WriteLine(answer.Outcome switch
        {
            "joined" when answer.Standing == "probation" => $"{answer.Node} has joined for {invite.Name}. It is on probation: it is given trial copies, and counts once they were whole for the cluster's period.",
            "joined" => $"{answer.Node} has joined for {invite.Name}.",
            "would-join" => "Nothing stands in the way; leave --check out to join.",
            _ => "The node cannot join yet. Mend what failed and run the same command again: the invitation is still good.",
        });
        if (answer.Token is not null)
        {
            text.WriteLine($"Your token as the member's operator, shown this once: {answer.Token}");
        }
        else if (answer.Outcome == "joined")
        {
            text.WriteLine(tokenFile is not null
                ? $"Your token as the member's operator is in {tokenFile.FullName}."
                : $"No token could be made for you now; ask an admin for one ('etdb token create NAME --role member-operator:{answer.Member}').");
        }
    }
}
