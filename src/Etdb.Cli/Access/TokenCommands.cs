using System.CommandLine;
using Etdb.Cli.CommandLine;
using Etdb.Cli.Operators;
using Etdb.Cli.Remote;
using Etdb.Domain.Access;
using Etdb.Silo.Api;
using Etdb.Silo.Security;

namespace Etdb.Cli.Access;

/// <summary><c>etdb token create|list|revoke</c>.</summary>
internal static class TokenCommands
{
    public static Command Build() => new("token", "Make, list and revoke access tokens of a running cluster.") { Create(), List(), Revoke() };

    private static Command Create()
    {
        var name = new Argument<string>("NAME") { Description = "Who or what will bear it, such as 'Ada' or 'prometheus'." };
        var grants = new Option<string[]>("--role")
        {
            Description = "admin, auditor, viewer, member-operator:MEMBER or publisher:ADDRESS (repeatable).", Required = true, AllowMultipleArgumentsPerToken = true,
        };
        var length = Durations.Option("--for", "How long it is good, such as 12h or 30d; default 90 days.");
        var file = new Option<FileInfo?>("--save") { Description = "Write the token into this file instead of showing it.", HelpName = "FILE" };
        return new Command("create", "Make a token; it is shown once, and kept only as a hash.") { name, grants, length, file }
            .WithServer()
            .WithExamples("etdb token create Ada --role admin --for 365d --save ada.token", "etdb token create prometheus --role viewer", "etdb token create leiden-ops --role member-operator:leiden --role auditor")
            .Does(async (result, output, ct) =>
            {
                if (result.GetValue(file) is { } wanted)
                {
                    SecretFiles.RequireWritable(wanted.FullName);
                }

                using var client = ServerOptions.Client(result);
                var expires = result.GetValue(length) is { } span ? TimeProvider.System.GetUtcNow() + span : (DateTimeOffset?)null;
                var made = await client.PostAsync<TokenMadeView>("tokens", new TokenRequest(result.GetValue(name), result.GetValue(grants), expires), ct)
                    ?? throw new CliException("the server has no /api/v1/tokens; is it an etdb silo of this version?");
                if (result.GetValue(file) is { } target)
                {
                    SecretFiles.Write(target.FullName, made.Token);
                    made = made with { Token = $"in {target.FullName}" };
                }

                output.Write(made, text =>
                {
                    text.WriteLine($"{made.Id} for {made.Name}: {string.Join(", ", made.Grants)}, until {made.ExpiresAt:u}. Shown this once:");
                    text.WriteLine(made.Token);
                });
                return CliExit.Done;
            });
    }

    private static Command List() => new Command("list", "List the tokens, with their last use; never their secrets.")
        .WithServer()
        .WithExamples("etdb token list", "etdb token list --json")
        .Does(async (result, output, ct) =>
        {
            using var client = ServerOptions.Client(result);
            var tokens = await client.NeedAsync<Listing<TokenListView>>("tokens", ct);
            output.Write(tokens.Items, text => ClusterLists.Table(
                text,
                ["Token", "Name", "Kind", "State", "Roles", "Expires", "Last used", "Made by"],
                tokens.Items.Select(t => new[] { t.Id, t.Name, t.Kind, t.State, string.Join(' ', t.Grants), $"{t.ExpiresAt:u}", t.LastUsedAt is { } used ? $"{used:u}" : "never", t.CreatedBy })));
            return CliExit.Done;
        });

    private static Command Revoke()
    {
        var token = new Argument<string>("TOKEN") { Description = "Id of the token; 'etdb token list' shows them." };
        return new Command("revoke", "Revoke a token, and the sessions opened with it.") { token }
            .WithServer()
            .WithExamples("etdb token revoke 0f8a1b2c3d4e")
            .Does(async (result, output, ct) =>
            {
                using var client = ServerOptions.Client(result);
                var id = TokenText.TryParse(result.GetValue(token)!.Trim(), out var whole) ? whole.Id : result.GetValue(token)!; // The secret is not sent along.
                var revoked = await client.DeleteAsync<TokenListView>($"tokens/{Uri.EscapeDataString(id)}", ct) ?? throw new CliException($"there is no token '{id}'; 'etdb token list' shows them.");
                output.Write(revoked, text => text.WriteLine($"{revoked.Id} ({revoked.Name}) is revoked."));
                return CliExit.Done;
            });
    }
}
