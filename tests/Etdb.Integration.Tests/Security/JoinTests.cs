using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Etdb.Ipfs.Node;
using Etdb.Testing;
using Etdb.Testing.Ipfs;

namespace Etdb.Integration.Tests.Security;

/// <summary>
/// Members join a running silo with real nodes on loopback: our own and a fake Kubo with a credential; each thing that can be wrong is made wrong once.
/// </summary>
public sealed class JoinTests(TokenSilo fixture) : IClassFixture<TokenSilo>
{
    private const string Secret = "kubo-credential-8f7a2c91d0";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private static readonly FakeKuboNames Names = new(static cid => cid, static (_, _) => "none", static (_, _) => []);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_member_joins_with_one_command_looks_after_itself_and_leaves()
    {
        using var folder = new TemporaryFolder();
        await using var node = await EmbeddedNode.StartAsync(new EmbeddedNodeOptions { Folder = folder.At("node"), ApiPort = 0, GatewayPort = 0, CapacityBytes = 4_000_000_000 }, Ct);
        var (rpc, gateway) = (node.ApiUri.ToString(), node.GatewayUri.ToString());
        var invite = await InviteAsync("leiden");
        var file = folder.At("operator.token");
        Assert.Contains("would-join", await EtdbAsync(0, "member", "join", invite, "--node", rpc, "--gateway", gateway, "--check", "--json"), StringComparison.Ordinal);
        Assert.Contains("nowhere", await EtdbErrorAsync(2, "member", "join", invite, "--node", rpc, "--save-token", folder.At("nowhere/operator.token")), StringComparison.Ordinal);
        var joined = JsonSerializer.Deserialize<JsonElement>(await EtdbAsync(
            0, "member", "join", invite, "--node", rpc, "--gateway", gateway, "--pledge", "2GB", "--contact", "it@leiden.example", "--site", "cellar", "--country", "nl", "--tag", "tape", "--save-token", file, "--json"));
        Assert.Equal("joined", joined.GetProperty("outcome").GetString());
        Assert.Equal("probation", joined.GetProperty("standing").GetString());
        var id = joined.GetProperty("node").GetString()!;
        Assert.StartsWith("leiden-", id, StringComparison.Ordinal);
        Assert.Contains("has joined with it", await EtdbErrorAsync(2, "member", "join", invite, "--node", rpc), StringComparison.Ordinal);

        var server = fixture.Silo.Address.ToString();
        Assert.Contains("member-operator:leiden", await EtdbAsync(0, "whoami", "--server", server, "--token-file", file), StringComparison.Ordinal);
        var shown = await EtdbAsync(0, "member", "show", "leiden", "--server", server, "--token-file", file);
        Assert.Contains("it@leiden.example", shown, StringComparison.Ordinal);
        Assert.Contains("probation", shown, StringComparison.Ordinal);
        await EtdbAsync(0, "member", "set", "leiden", "--pledge", "3GB", "--contact", "archive@leiden.example", "--server", server, "--token-file", file);
        Assert.Contains("archive@leiden.example", await EtdbAsync(0, "member", "show", "leiden", "--server", server, "--token-file", file), StringComparison.Ordinal);
        await EtdbAsync(0, "member", "maintain", "leiden", "--for", "2h", "--reason", "new disks", "--server", server, "--token-file", file);
        await EtdbAsync(0, "member", "maintain", "leiden", "--end", "--reason", "done", "--server", server, "--token-file", file);
        Assert.Contains("member-operator of it", await EtdbErrorAsync(2, "member", "show", "m1", "--server", server, "--token-file", file), StringComparison.Ordinal);
        Assert.Contains("member leave", await EtdbErrorAsync(2, "member", "remove", "leiden", "--reason", "r", "--server", server, "--token-file", file), StringComparison.Ordinal);
        var spare = await InviteAsync("leiden");
        await EtdbAsync(0, "member", "leave", "leiden", "--reason", "closes", "--server", server, "--token-file", file);
        await EtdbAsync(0, "member", "remove", "leiden", "--reason", "closed", "--server", server, "--token-file", file);
        using var admin = fixture.Silo.Client(fixture.Silo.Admin);
        await SiloUnderTest.WaitAsync(async () => await StateAsync(admin, "nodes", id) == "left" && await StateAsync(admin, "members", "leiden") == "left", "the member to be listed as gone");
        foreach (var (path, body) in new (string, object)[] { ("members/leiden/leave", new { reason = "asked again" }), ("join", new { invite = spare, node = new { url = rpc } }) })
        {
            Assert.Equal(HttpStatusCode.Conflict, (await admin.PostAsJsonAsync($"api/v1/{path}", body, Ct)).StatusCode);
        }

        Assert.Equal("left", await StateAsync(admin, "members", "leiden"));
    }

    [Fact]
    public async Task A_kubo_joins_with_a_credential_that_opens_only_what_is_needed()
    {
        await using var kubo = await KuboAsync();
        var answer = await JoinAsync(await InviteAsync("bern"), kubo);
        Assert.True(answer.GetProperty("outcome").GetString() == "joined", answer.ToString());
        Assert.Equal([], Results(answer).Where(c => c.Result != "passed"));
        var id = answer.GetProperty("node").GetString()!;
        using var admin = fixture.Silo.Client(fixture.Silo.Admin);
        await SiloUnderTest.WaitAsync(async () => await StateAsync(admin, "nodes", id) == "up", "the node to be called with its credential");

        kubo.Authorization = ("Bearer other-credential-77", kubo.Authorization!.Value.Prefixes);
        await SiloUnderTest.WaitAsync(async () => await StateAsync(admin, "nodes", id) != "up", "the silo to notice that the credential is no longer taken");
        Assert.Equal(HttpStatusCode.OK, (await admin.PostAsJsonAsync($"api/v1/nodes/{id}/credential", new { authorization = "bearer:other-credential-77" }, Ct)).StatusCode);
        await SiloUnderTest.WaitAsync(async () => await StateAsync(admin, "nodes", id) == "up", "the new credential to be used");
    }

    [Theory]
    [InlineData("reachability")]
    [InlineData("version")]
    [InlineData("authorization")]
    [InlineData("space")]
    [InlineData("garbage")]
    [InlineData("clock")]
    [InlineData("address")]
    [InlineData("gateway")]
    [InlineData("no-gateway")]
    public async Task What_is_wrong_with_a_node_is_told_and_keeps_it_out(string wrong)
    {
        await using var kubo = await KuboAsync();
        var invite = await InviteAsync($"wrong-{wrong}");
        switch (wrong)
        {
            case "reachability": kubo.Stall("id"); break;
            case "version": kubo.Agent = "kubo/0.20.0"; break;
            case "authorization": kubo.Authorization = ("Bearer " + Secret, ["/api/v0/id", "/api/v0/repo/stat", "/debug/vars"]); break;
            case "space": kubo.StorageMax = 1_000_000; break;
            case "garbage": kubo.CommandLine = ["ipfs", "daemon", "--migrate=true", "--enable-gc"]; break;
            case "clock": kubo.ClockAhead = TimeSpan.FromMinutes(-20); break;
            default: break;
        }

        var gateway = wrong switch { "gateway" => "http://127.0.0.1:1", "no-gateway" => kubo.Api.ToString(), _ => null };
        var answer = await JoinAsync(invite, kubo, url: wrong == "address" ? "https://10.20.30.40:5001" : null, gateway: gateway);
        Assert.Equal("refused", answer.GetProperty("outcome").GetString());
        var failed = Results(answer).Where(c => c.Result == "failed").ToList();
        Assert.Equal(wrong is "gateway" or "no-gateway" ? "reachability" : wrong, Assert.Single(failed).Name);
        Assert.NotEmpty(failed[0].Advice!);
        Assert.Equal(JsonValueKind.Null, answer.GetProperty("token").ValueKind);
        using var admin = fixture.Silo.Client(fixture.Silo.Admin);
        Assert.Null(await StateAsync(admin, "members", $"wrong-{wrong}"));
    }

    [Fact]
    public async Task The_same_node_does_not_join_twice_under_another_name()
    {
        await using var kubo = await KuboAsync();
        Assert.Equal("joined", (await JoinAsync(await InviteAsync("once"), kubo)).GetProperty("outcome").GetString());
        var again = await JoinAsync(await InviteAsync("twice"), kubo);
        Assert.Equal("identity", Assert.Single(Results(again), c => c.Result == "failed").Name);
    }

    [Fact]
    public async Task Invitations_that_were_forged_changed_or_taken_back_let_nobody_in()
    {
        await using var kubo = await KuboAsync();
        using var client = fixture.Silo.Client(null);
        var good = await InviteAsync("forged");
        var parts = good.Split('.');
        var other = (await InviteAsync("other")).Split('.');
        foreach (var text in new[] { "", "x", $"{parts[0]}.{other[1]}.{parts[2]}", $"{parts[0]}.{parts[1]}.AAAA", $"{parts[0]}.{parts[1]}", good[..^4], new string('a', 5000) })
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await client.PostAsJsonAsync("api/v1/join", Body(text, kubo, null, null), Ct)).StatusCode);
        }

        using var admin = fixture.Silo.Client(fixture.Silo.Admin);
        var listed = (await admin.GetFromJsonAsync<JsonElement>("api/v1/invites", Ct)).GetProperty("items").EnumerateArray().Single(i => i.GetProperty("member").GetString() == "forged");
        Assert.Equal("open", listed.GetProperty("state").GetString());
        await admin.DeleteAsync($"api/v1/invites/{listed.GetProperty("id").GetString()}", Ct);
        Assert.Equal(HttpStatusCode.Conflict, (await client.PostAsJsonAsync("api/v1/join", Body(good, kubo, null, null), Ct)).StatusCode);
        var used = await InviteAsync("used");
        Assert.Equal("joined", (await JoinAsync(used, kubo)).GetProperty("outcome").GetString());
        var again = await client.PostAsJsonAsync("api/v1/join", Body(used, kubo, null, null), Ct);
        Assert.Equal(HttpStatusCode.Conflict, again.StatusCode);
        Assert.NotEmpty((await again.Content.ReadFromJsonAsync<JsonElement>(Ct)).GetProperty("detail").GetString()!);
    }

    [Theory]
    [InlineData("ftp://example.org")]
    [InlineData("http://user:password@example.org:5001")]
    [InlineData("http://example.org:5001/?x=1")]
    [InlineData("file:///etc/passwd")]
    [InlineData("")]
    public async Task Addresses_that_are_none_are_refused_before_anything_is_called(string url)
    {
        await using var kubo = await KuboAsync();
        using var client = fixture.Silo.Client(null);
        var answer = await client.PostAsJsonAsync("api/v1/join", Body(await InviteAsync("bad-url"), kubo, url, null), Ct);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Empty(kubo.Calls);
    }

    [Fact]
    public async Task Secrets_are_neither_logged_nor_kept_in_clear()
    {
        await using var kubo = await KuboAsync();
        var invite = await InviteAsync("secrets");
        var joined = await JoinAsync(invite, kubo);
        var id = joined.GetProperty("node").GetString();
        using var admin = fixture.Silo.Client(fixture.Silo.Admin);
        await SiloUnderTest.WaitAsync(async () => await StateAsync(admin, "nodes", id!) == "up", "the node to be called with its credential");
        using (var wrong = fixture.Silo.Client("etdb_000000000000_" + new string('b', 64)))
        {
            await wrong.GetAsync("api/v1/tokens", Ct);
        }

        await admin.PostAsJsonAsync("api/v1/session", new { token = fixture.Silo.Admin }, Ct);
        foreach (var path in new[] { "tokens/" + joined.GetProperty("token").GetString(), "invites/" + invite })
        {
            Assert.Equal(HttpStatusCode.NotFound, (await admin.DeleteAsync("api/v1/" + path, Ct)).StatusCode); // Typed whole where an id belongs.
        }

        string[] secrets =
        [
            Secret, fixture.Silo.Admin!.Split('_')[2], joined.GetProperty("token").GetString()!.Split('_')[2], invite.Split('.')[2], new string('b', 64),
            (await File.ReadAllTextAsync(Path.Combine(fixture.Silo.DataFolder, "secret.key"), Ct)).Trim(),
        ];
        string[] lists = ["nodes", "members", "members/secrets", "tokens", "invites", "evidence?limit=500", "audit-log?limit=500"];
        var answers = string.Concat(await Task.WhenAll(lists.Select(p => admin.GetStringAsync("api/v1/" + p, Ct))));
        Assert.All(secrets, s => Assert.DoesNotContain(s, fixture.Silo.Logged, StringComparison.Ordinal));
        Assert.All(secrets, s => Assert.DoesNotContain(s, answers, StringComparison.Ordinal));
        foreach (var file in Directory.EnumerateFiles(fixture.Silo.DataFolder).Where(f => Path.GetFileName(f) is not ("secret.key" or "admin.token")))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(stream, System.Text.Encoding.Latin1);
            var text = await reader.ReadToEndAsync(Ct);
            Assert.All(secrets, s => Assert.False(text.Contains(s, StringComparison.Ordinal), $"A secret is in {file}."));
        }

        Assert.Contains("secrets-", fixture.Silo.Logged + answers, StringComparison.Ordinal);
    }

    private static async Task<FakeKubo> KuboAsync()
    {
        var kubo = await FakeKubo.StartAsync(Names, Ct);
        kubo.PeerId = $"12D3KooW{kubo.Api.Port}";
        kubo.CommandLine = ["ipfs", "daemon", "--migrate=true"];
        kubo.Authorization = ("Bearer " + Secret, [
            "/api/v0/id", "/api/v0/repo/stat", "/api/v0/pin/ls", "/api/v0/pin/add", "/api/v0/pin/rm", "/api/v0/block/", "/api/v0/refs/local", "/api/v0/swarm/connect"]);
        return kubo;
    }

    private async Task<string> InviteAsync(string member)
    {
        var output = await EtdbAsync(0, "member", "invite", member, "--name", $"Library of {member}", "--country", "NL", "--server", fixture.Silo.Address.ToString(), "--token", fixture.Silo.Admin!, "--json");
        return JsonSerializer.Deserialize<JsonElement>(output).GetProperty("invite").GetString()!;
    }

    private async Task<JsonElement> JoinAsync(string invite, FakeKubo kubo, string? url = null, string? gateway = null)
    {
        using var client = fixture.Silo.Client(null);
        var answer = await client.PostAsJsonAsync("api/v1/join", Body(invite, kubo, url, gateway), Ct);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync(Ct));
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Ct);
    }

    private static object Body(string invite, FakeKubo kubo, string? url, string? gateway) => new
    {
        invite,
        node = new { url = url ?? kubo.Api.ToString(), gateway, authorization = "bearer:" + Secret, site = "main", country = "CH", tags = new[] { "disk" } },
        pledgeBytes = 1_000_000L,
        contact = "it@example.org",
        clock = TimeProvider.System.GetUtcNow(),
    };

    private static List<(string Name, string Result, string? Advice)> Results(JsonElement answer)
        => [.. answer.GetProperty("checks").EnumerateArray().Select(c => (c.GetProperty("name").GetString()!, c.GetProperty("result").GetString()!, c.GetProperty("advice").GetString()))];

    private static async Task<string?> StateAsync(HttpClient client, string list, string id)
    {
        var items = (await client.GetFromJsonAsync<JsonElement>($"api/v1/{list}", Ct)).GetProperty("items").EnumerateArray();
        return items.Where(i => i.GetProperty("id").GetString() == id).Select(i => i.GetProperty("state").GetString()).FirstOrDefault();
    }

    private static async Task<string> EtdbAsync(int exit, params string[] arguments)
    {
        var (code, output, errors) = await EtdbProcess.RunAsync(Limit, arguments);
        Assert.True(code == exit, $"etdb {string.Join(' ', arguments)} ended with {code}, not {exit}.\n{output}\n{errors}");
        return output;
    }

    private static async Task<string> EtdbErrorAsync(int exit, params string[] arguments)
    {
        var (code, output, errors) = await EtdbProcess.RunAsync(Limit, arguments);
        Assert.True(code == exit, $"etdb {string.Join(' ', arguments)} ended with {code}, not {exit}.\n{output}\n{errors}");
        return errors;
    }
}
