using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Etdb.Silo.Hosting;
using Etdb.Silo.Security;

namespace Etdb.Integration.Tests.Security;

/// <summary>A silo behind a proxy on this machine, with limits that are soon reached.</summary>
public sealed class LimitedSiloTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Callers_behind_a_trusted_proxy_are_counted_one_by_one_and_told_how_long_to_wait()
    {
        await using var silo = await StartAsync(o => (o.Security.Access.ReadsPerMinute, o.Security.Access.WritesPerMinute) = (10, 2));
        using var http = silo.Client(null);
        foreach (var path in new[] { "api/v1/datasets", "oip/artifact/get/latest", "alexandria/v2/info", "", "nodes", "ipfs/QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn/x" })
        {
            var from = "203.0.113." + (byte)path.Length;
            for (var i = 0; i < 10; i++)
            {
                Assert.NotEqual(HttpStatusCode.TooManyRequests, (await SendAsync(http, path, from)).StatusCode);
            }

            // A slow machine gives a call back every 6 s.
            var refused = await SendAsync(http, path, from);
            for (var more = 0; more < 50 && refused.StatusCode != HttpStatusCode.TooManyRequests; more++)
            {
                refused = await SendAsync(http, path, from);
            }

            Assert.Equal((HttpStatusCode.TooManyRequests, "application/problem+json"), (refused.StatusCode, refused.Content.Headers.ContentType?.MediaType));
            Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 6);
            var problem = await refused.Content.ReadFromJsonAsync<JsonElement>(Ct);
            Assert.Equal(("urn:etdb:problem:too-many", 429), (problem.GetProperty("type").GetString(), problem.GetProperty("status").GetInt32()));
        }

        // What a caller puts before its address counts for nothing: the proxy adds the last one.
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(http, "api/v1/datasets", "203.0.113.99")).StatusCode);
        var spoofed = new List<HttpStatusCode>();
        for (var i = 0; i < 20; i++)
        {
            spoofed.Add((await SendAsync(http, "api/v1/datasets", $"198.51.100.{i}, 203.0.113.98")).StatusCode);
            Assert.True((await SendAsync(http, i % 2 == 0 ? "health/ready" : "health/live", "203.0.113.98")).IsSuccessStatusCode); // Supervisors are always answered.
        }

        Assert.Contains(HttpStatusCode.TooManyRequests, spoofed);
        using var admin = silo.Client(silo.Admin);
        var metrics = await admin.GetStringAsync("metrics", Ct);
        Assert.Matches("""etdb_access_refused[a-z_]*\{[^}]*why="read"[^}]*\} [0-9]+""", metrics);
    }

    [Fact]
    public async Task Nobody_becomes_somebody_by_a_proxys_headers()
    {
        await using var silo = await StartAsync(o => (o.Security.Access.Authentication, o.Security.Access.ReadsPerMinute) = ("local", 10));
        using var http = silo.Client(null);
        Assert.Equal("local", await WhoAsync(http, null)); // The proxy's own machine, not through it.
        foreach (var from in new[] { "127.0.0.1", "::1", "127.0.0.1, 127.0.0.1", "203.0.113.5", "nonsense", "" })
        {
            Assert.Equal("anonymous", await WhoAsync(http, from));
        }

        await using var alone = await StartAsync(o => (o.Security.Access.TrustedProxies, o.Security.Access.ReadsPerMinute) = ([], 10));
        using var direct = alone.Client(null);
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 30; i++)
        {
            statuses.Add((await SendAsync(direct, "api/v1/datasets", $"203.0.113.{i}")).StatusCode);
        }

        Assert.Contains(HttpStatusCode.TooManyRequests, statuses); // Whoever is no proxy is itself, whatever it says.

        async Task<string?> WhoAsync(HttpClient client, string? from) => (await (await SendAsync(client, "api/v1/session", from)).Content.ReadFromJsonAsync<JsonElement>(Ct)).GetProperty("kind").GetString();
    }

    [Fact]
    public async Task Wrong_tokens_end_unheard_while_good_ones_of_the_same_address_go_on()
    {
        await using var silo = await StartAsync(o => o.Security.Access.SignInsPerMinute = 5);
        using var good = silo.Client(silo.Admin);
        Assert.Equal(HttpStatusCode.OK, (await good.GetAsync("api/v1/tokens", Ct)).StatusCode);
        using var wrong = silo.Client("etdb_000000000000_" + new string('0', 64));
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 60; i++)
        {
            statuses.Add((await wrong.GetAsync("api/v1/health", Ct)).StatusCode);
        }

        Assert.Equal(HttpStatusCode.Unauthorized, statuses[0]);
        Assert.InRange(statuses.Count(s => s == HttpStatusCode.Unauthorized), 5, 30);
        Assert.Contains(HttpStatusCode.TooManyRequests, statuses);
        Assert.Equal(statuses.Count(s => s == HttpStatusCode.Unauthorized), silo.Logged.Split("A credential from").Length - 1); // Nor does each write a line.
        Assert.Equal(HttpStatusCode.OK, (await good.GetAsync("api/v1/tokens", Ct)).StatusCode);
    }

    [Fact]
    public async Task Live_readers_are_bounded_for_each_caller_released_when_they_leave_and_end_with_their_token()
    {
        await using var silo = await StartAsync(o => (o.Security.Access.LiveReaders, o.Security.Access.PublicReading) = (2, false));
        var token = await silo.TokenAsync("viewer");
        using var http = silo.Client(token);
        var first = await OpenAsync(http);
        var second = await OpenAsync(http);
        var third = await OpenAsync(http);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.TooManyRequests), (first.StatusCode, second.StatusCode, third.StatusCode));
        Assert.NotNull(third.Headers.RetryAfter);
        using var admin = silo.Client(silo.Admin);
        using (var others = await OpenAsync(admin))
        {
            Assert.Equal(HttpStatusCode.OK, others.StatusCode);
        }

        first.Dispose();
        HttpResponseMessage? again = null;
        await SiloUnderTest.WaitAsync(async () => (again = await OpenAsync(http)).StatusCode == HttpStatusCode.OK, "the place of a reader who left");
        Assert.Equal(HttpStatusCode.OK, (await admin.DeleteAsync($"api/v1/tokens/{token.Split('_')[1]}", Ct)).StatusCode);
        foreach (var answer in new[] { second, again! })
        {
            await using var stream = await answer.Content.ReadAsStreamAsync(Ct);
            var read = new byte[4_096];
            while (await stream.ReadAsync(read, Ct) > 0)
            {
                // Until the silo ends it.
            }

            answer.Dispose();
        }

        Task<HttpResponseMessage> OpenAsync(HttpClient client) => client.GetAsync("api/v1/events", HttpCompletionOption.ResponseHeadersRead, Ct);
    }

    [Theory]
    [InlineData("POST /api/v1/session HTTP/1.1\r\nHost: {0}\r\nContent-Type: application/json\r\nContent-Length: 500000\r\n\r\n{{\"token\":\"", "408")]
    [InlineData("GET /api/v1/datasets HTTP/1.1\r\nHost: {0}\r\nX-Slow: ", "408")]
    [InlineData("POST /api/v1/session HTTP/1.1\r\nHost: {0}\r\nContent-Type: application/json\r\nContent-Length: 2000000\r\n\r\n", "413")]
    [InlineData("POST /api/v1/session HTTP/1.1\r\nHost: {0}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n186A00\r\n{{\"token\":\"", "413")]
    public async Task Who_sends_too_slowly_or_too_much_is_cut_off(string begin, string status)
    {
        await using var silo = await StartAsync(_ => { });
        using var socket = new TcpClient();
        await socket.ConnectAsync(silo.Address.Host, silo.Address.Port, Ct);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(string.Format(System.Globalization.CultureInfo.InvariantCulture, begin, silo.Address.Authority)), Ct);
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, Ct);
        var trickle = TrickleAsync(stream, begin.Contains("chunked", StringComparison.Ordinal) ? 20_000 : 1, either.Token);
        using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
        Assert.Contains($" {status} ", await reader.ReadLineAsync(either.Token) ?? "", StringComparison.Ordinal);
        await limit.CancelAsync();
        await trickle;
    }

    /// <summary>A little every now and then, as one who wants to hold the connection.</summary>
    private static async Task TrickleAsync(NetworkStream stream, int bytes, CancellationToken ct)
    {
        var some = Encoding.ASCII.GetBytes(new string('a', bytes));
        try
        {
            for (var sent = 0; sent < 1_600_000; sent += bytes)
            {
                await stream.WriteAsync(some, ct);
                await Task.Delay(bytes > 1 ? TimeSpan.FromMilliseconds(5) : TimeSpan.FromMilliseconds(200), TimeProvider.System, ct);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException)
        {
            // Cut off, as it should be.
        }
    }

    private static Task<SiloUnderTest> StartAsync(Action<SiloOptions> change) => SiloUnderTest.StartAsync(o =>
    {
        (o.Security.Access.Authentication, o.Security.Access.TrustedProxies) = ("tokens", ["127.0.0.1", "::1"]);
        change(o);
    });

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, string path, string? from)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (from is not null)
        {
            request.Headers.TryAddWithoutValidation("X-Forwarded-For", from);
        }

        return await client.SendAsync(request, Ct);
    }
}
