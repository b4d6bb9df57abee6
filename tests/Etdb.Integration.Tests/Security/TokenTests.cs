using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Etdb.Ledger.Flo;
using Etdb.Ledger.Flo.Crypto;

namespace Etdb.Integration.Tests.Security;

/// <summary>Tokens, sessions and proofs over HTTP.</summary>
public sealed class TokenTests(TokenSilo fixture) : IClassFixture<TokenSilo>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_first_admins_token_lies_where_only_the_silos_user_reads_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Modes of files are Unix's.");
        foreach (var name in new[] { "admin.token", "secret.key" })
        {
            var mode = OperatingSystem.IsWindows() ? UnixFileMode.None : File.GetUnixFileMode(Path.Combine(fixture.Silo.DataFolder, name));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, mode);
        }

        using var admin = fixture.Silo.Client(fixture.Silo.Admin);
        Assert.Equal(["admin"], (await admin.GetFromJsonAsync<JsonElement>("api/v1/session", Ct)).GetProperty("roles").EnumerateArray().Select(r => r.GetString()));
    }

    [Fact]
    public async Task A_token_is_shown_once_listed_with_its_use_and_ends_when_it_is_revoked()
    {
        var token = await fixture.Silo.TokenAsync("auditor");
        using var bearer = fixture.Silo.Client(token);
        using var admin = fixture.Silo.Client(fixture.Silo.Admin);
        Assert.Equal(HttpStatusCode.OK, (await bearer.GetAsync("api/v1/audit-log", Ct)).StatusCode);
        var listing = await admin.GetStringAsync("api/v1/tokens", Ct);
        var id = token.Split('_')[1];
        Assert.DoesNotContain(token.Split('_')[2], listing, StringComparison.Ordinal);
        var row = JsonSerializer.Deserialize<JsonElement>(listing).GetProperty("items").EnumerateArray().Single(t => t.GetProperty("id").GetString() == id);
        Assert.Equal("live", row.GetProperty("state").GetString());
        Assert.NotEqual(JsonValueKind.Null, row.GetProperty("lastUsedAt").ValueKind);
        Assert.Equal(HttpStatusCode.OK, (await admin.DeleteAsync($"api/v1/tokens/{id}", Ct)).StatusCode);
        var refused = await bearer.GetAsync("api/v1/audit-log", Ct);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Contains("revoked", await refused.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await admin.DeleteAsync("api/v1/tokens/nothing", Ct)).StatusCode);
    }

    [Theory]
    [InlineData("etdb_000000000000_0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("etdb_nonsense")]
    [InlineData("x")]
    public async Task A_wrong_token_is_told_even_where_none_is_needed(string token)
    {
        using var client = fixture.Silo.Client(token);
        var answer = await client.GetAsync("api/v1/session", Ct);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.Single().Scheme);
    }

    [Fact]
    public async Task A_browser_signs_in_by_a_cookie_that_other_sites_cannot_use_and_that_ends_with_its_token()
    {
        var token = await fixture.Silo.TokenAsync("admin");
        using var browser = fixture.Silo.Client(null);
        var opened = await browser.PostAsJsonAsync("api/v1/session", new { token }, Ct);
        Assert.Equal(HttpStatusCode.OK, opened.StatusCode);
        var cookie = opened.Headers.GetValues("Set-Cookie").Single();
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(token, cookie, StringComparison.Ordinal);
        var pair = cookie.Split(';')[0];
        Assert.Equal(HttpStatusCode.OK, await SendAsync(browser, pair, null));
        Assert.Equal(HttpStatusCode.OK, await SendAsync(browser, pair, ("Sec-Fetch-Site", "same-origin")));
        Assert.Equal(HttpStatusCode.OK, await SendAsync(browser, pair, ("Origin", fixture.Silo.Address.GetLeftPart(UriPartial.Authority))));
        Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(browser, pair, ("Sec-Fetch-Site", "cross-site")));
        Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(browser, pair, ("Sec-Fetch-Site", "same-site")));
        Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(browser, pair, ("Origin", "http://evil.example")));
        Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(browser, pair, ("Origin", "null")));
        using var admin = fixture.Silo.Client(fixture.Silo.Admin);
        await admin.DeleteAsync($"api/v1/tokens/{token.Split('_')[1]}", Ct);
        Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(browser, pair, null));
    }

    [Fact]
    public async Task A_publisher_signs_in_with_its_key_once_for_each_challenge_and_for_itself_alone()
    {
        using var key = FloKey.Generate();
        var address = key.Address(FloNetwork.Development).Text;
        using var client = fixture.Silo.Client(null);
        var challenge = await ChallengeAsync(client, address);
        var signature = MessageSigner.Sign(key, challenge);
        using var other = FloKey.Generate();
        Assert.Equal(HttpStatusCode.Unauthorized, (await LoginAsync(client, address, challenge, MessageSigner.Sign(other, challenge))).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await LoginAsync(client, address, challenge.Replace("nonce: ", "nonce: 0", StringComparison.Ordinal), signature)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await LoginAsync(client, other.Address(FloNetwork.Development).Text, challenge, MessageSigner.Sign(other, challenge))).StatusCode);
        var good = await LoginAsync(client, address, challenge, signature);
        Assert.Equal(HttpStatusCode.OK, good.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await LoginAsync(client, address, challenge, signature)).StatusCode);

        var token = (await good.Content.ReadFromJsonAsync<JsonElement>(Ct)).GetProperty("token").GetString();
        using var publisher = fixture.Silo.Client(token);
        Assert.Equal(HttpStatusCode.BadRequest, (await publisher.PostAsJsonAsync($"api/v1/publishers/{address}/publications", new { recordTxid = "x", transactions = Array.Empty<object>() }, Ct)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await publisher.PostAsJsonAsync($"api/v1/publishers/{other.Address(FloNetwork.Development).Text}/publications", new { }, Ct)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.PostAsJsonAsync("api/v1/login/challenge", new { address = "nobody" }, Ct)).StatusCode);
    }

    [Theory]
    [InlineData("""{"name":"x","grants":["root"]}""")]
    [InlineData("""{"name":"x","grants":[]}""")]
    [InlineData("""{"name":"","grants":["viewer"]}""")]
    [InlineData("""{"name":"x","grants":["viewer"],"expiresAt":"2000-01-01T00:00:00Z"}""")]
    [InlineData("""{"name":"x","grants":["viewer"],"expiresAt":"2999-01-01T00:00:00Z"}""")]
    [InlineData("""{"name":5}""")]
    [InlineData("""not json""")]
    public async Task Tokens_that_make_no_sense_are_not_made(string body)
    {
        using var admin = fixture.Silo.Client(fixture.Silo.Admin);
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        var answer = await admin.PostAsync("api/v1/tokens", content, Ct);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.NotEmpty((await answer.Content.ReadFromJsonAsync<JsonElement>(Ct)).GetProperty("detail").GetString()!);
    }

    [Fact]
    public async Task Every_change_is_noted_before_and_after_with_who_did_it()
    {
        var token = await fixture.Silo.TokenAsync("admin");
        using var client = fixture.Silo.Client(token);
        await client.PostAsJsonAsync("api/v1/brake", new { on = true, reason = "network works", author = "somebody else" }, Ct);
        await client.PostAsJsonAsync("api/v1/brake", new { on = false, reason = "done" }, Ct);
        await client.PostAsJsonAsync("api/v1/brake", new { on = false }, Ct);
        using var viewer = fixture.Silo.Client(await fixture.Silo.TokenAsync("viewer"));
        await viewer.PostAsJsonAsync("api/v1/brake", new { on = true, reason = "r" }, Ct);
        var calls = await CallsAsync(client);
        var own = calls.Where(c => c.GetProperty("token").GetString() == token.Split('_')[1]).Select(c => (c.GetProperty("path").GetString(), c.GetProperty("outcome").GetString())).ToList();
        Assert.Equal([("/api/v1/brake", "asked"), ("/api/v1/brake", "done"), ("/api/v1/brake", "asked"), ("/api/v1/brake", "done"), ("/api/v1/brake", "asked"), ("/api/v1/brake", "refused")], own);
        Assert.Contains(calls, c => c.GetProperty("path").GetString() == "/api/v1/brake" && c.GetProperty("outcome").GetString() == "denied");
        using var admin = fixture.Silo.Client(fixture.Silo.Admin);
        var evidence = await admin.GetStringAsync("api/v1/evidence?limit=500", Ct);
        Assert.Contains("network works", evidence, StringComparison.Ordinal);
        Assert.DoesNotContain("somebody else", evidence, StringComparison.Ordinal);
    }

    internal static async Task<List<JsonElement>> CallsAsync(HttpClient client)
    {
        var calls = new List<JsonElement>();
        for (long? after = 0; after is { } from;)
        {
            var page = await client.GetFromJsonAsync<JsonElement>($"api/v1/audit-log?after={from}&limit=100", Ct);
            calls.AddRange(page.GetProperty("items").EnumerateArray());
            after = page.GetProperty("next").ValueKind == JsonValueKind.Null ? null : page.GetProperty("next").GetInt64();
        }

        return calls;
    }

    private static async Task<HttpStatusCode> SendAsync(HttpClient client, string cookie, (string Name, string Value)? header)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/v1/tokens") { Headers = { { "Cookie", cookie } } };
        if (header is { } h)
        {
            request.Headers.Add(h.Name, h.Value);
        }

        return (await client.SendAsync(request, Ct)).StatusCode;
    }

    private static async Task<string> ChallengeAsync(HttpClient client, string address)
    {
        var answer = await client.PostAsJsonAsync("api/v1/login/challenge", new { address }, Ct);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(Ct)).GetProperty("challenge").GetString()!;
    }

    private static Task<HttpResponseMessage> LoginAsync(HttpClient client, string address, string challenge, string signature)
        => client.PostAsJsonAsync("api/v1/login", new { address, challenge, signature }, Ct);
}
