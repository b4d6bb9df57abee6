using System.CommandLine;
using Etdb.Cli.CommandLine;
using Etdb.Cli.Flo;
using Etdb.Cli.Remote;
using Etdb.Ledger.Flo.Crypto;
using Etdb.Silo.Api;

namespace Etdb.Cli.Access;

/// <summary><c>etdb login|logout|whoami</c>.</summary>
internal static class LoginCommands
{
    public static Command Login()
    {
        var file = new Option<string?>("--key-file") { Description = "Sign in as a publisher: the lab's key, as 'etdb flo key new' makes it.", HelpName = "FILE" };
        var passphrase = KeyCommands.PassphraseFileOption();
        return new Command("login", "Sign in: keep a token for a server, or prove a publisher's key and keep the token that this gives.") { file, passphrase }
            .WithServer()
            .WithExamples("etdb login --server https://etdb.example.org --token-file ada.token", "ETDB_KEY_PASSPHRASE=… etdb login --server https://etdb.example.org --key-file lab.key")
            .Does(async (result, output, ct) =>
            {
                var address = ServerOptions.Address(result);
                var token = result.GetValue(file) is { } key
                    ? await ProveAsync(address, key, result.GetValue(passphrase), ct)
                    : ServerOptions.TokenOf(result) ?? throw new CliException("give a token (--token-file, ETDB_TOKEN) or a publisher's key (--key-file).");
                using var client = new SiloClient(address, token);
                var me = await client.NeedAsync<SessionView>("session", ct);
                StoredTokens.Keep(address, token);
                Print(output, me);
                return CliExit.Done;
            });
    }

    public static Command Logout() => new Command("logout", "Forget the token kept for a server.")
        .WithServer()
        .WithExamples("etdb logout --server https://etdb.example.org")
        .Does((result, output) =>
        {
            StoredTokens.Keep(ServerOptions.Address(result), null);
            output.Write(new { loggedOut = true }, text => text.WriteLine("The token is forgotten here; it is good until it ends or an admin revokes it."));
            return CliExit.Done;
        });

    public static Command WhoAmI() => new Command("whoami", "Say who I am to a server, and what I may.")
        .WithServer()
        .WithExamples("etdb whoami", "etdb whoami --json")
        .Does(async (result, output, ct) =>
        {
            using var client = ServerOptions.Client(result);
            Print(output, await client.NeedAsync<SessionView>("session", ct));
            return CliExit.Done;
        });

    private static async Task<string> ProveAsync(Uri server, string keyFile, string? passphrase, CancellationToken ct)
    {
        var (key, network) = await KeyCommands.OpenAsync(keyFile, passphrase, ct);
        using (key)
        {
            var address = key.Address(network).Text;
            using var client = new SiloClient(server, null);
            var challenge = await client.PostAsync<ChallengeView>("login/challenge", new ChallengeRequest(address), ct) ?? throw new CliException($"{server} takes no sign-in by key; is it an etdb silo of this version?");
            if (!challenge.Challenge.StartsWith("etdb: I sign in", StringComparison.Ordinal))
            {
                throw new CliException($"{server} asks to sign something that is no sign-in; nothing was signed.");
            }

            var made = await client.PostAsync<TokenMadeView>("login", new LoginRequest(address, challenge.Challenge, MessageSigner.Sign(key, challenge.Challenge)), ct);
            return made?.Token ?? throw new CliException($"{server} gave no token.");
        }
    }

    private static void Print(CliOutput output, SessionView me) => output.Write(
        me, text => text.WriteLine($"{me.Name} ({me.Kind}): {(me.Grants.Count == 0 ? "nothing" : string.Join(", ", me.Grants))}{(me.ExpiresAt is { } until ? $", until {until:u}" : "")}"));
}
