using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Etdb.Browser.Tests.Support;
using Etdb.Dashboard;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Etdb.Browser.Tests.Hosting;

/// <summary>How the built files are served: caching, encodings, security headers, and nothing but the front-end's own routes.</summary>
public sealed partial class DashboardEndpointsTests : IAsyncLifetime
{
    private const int FirstLoadLimit = 250_000;

    private WebApplication _app = null!;
    private HttpClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.UseEtdbDashboard();
        await _app.StartAsync(TestContext.Current.CancellationToken);
        _client = new HttpClient(new SocketsHttpHandler()) { BaseAddress = new Uri(_app.Urls.Single()) };
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/datasets")]
    [InlineData("/datasets/0123abcd")]
    [InlineData("/demo")]
    [InlineData("/signin")]
    public async Task Routes_of_the_front_end_answer_with_the_page(string path)
    {
        Assert.SkipUnless(DashboardEndpoints.IsBuilt, "The front-end was left out of this build.");
        using var response = await GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/html", response.Content.Headers.ContentType?.MediaType);
        Assert.True(response.Headers.CacheControl?.NoCache);
    }

    [Theory]
    [InlineData("/nowhere")]
    [InlineData("/api/v1/health")]
    [InlineData("/assets/nothing.js")]
    [InlineData("/assets/..%2f..%2fetc%2fpasswd")]
    [InlineData("/index.html.br")]
    public async Task Everything_else_stays_with_the_host(string path)
    {
        using var response = await GetAsync(path);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task The_page_may_run_no_inline_script_and_load_only_from_here()
    {
        using var response = await GetAsync("/");
        var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("default-src 'none'; script-src 'self'; style-src 'self'", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        var html = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.DoesNotMatch(InlineScript(), html);
        Assert.DoesNotContain("//", html.Replace("<!doctype", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hashed_files_are_kept_for_a_year_and_the_first_load_is_small()
    {
        Assert.SkipUnless(DashboardEndpoints.IsBuilt, "The front-end was left out of this build.");
        using var page = await GetAsync("/");
        var html = await page.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var files = Assets().Matches(html).Select(match => match.Value).Distinct(StringComparer.Ordinal).ToArray();
        Assert.NotEmpty(files);
        long total = 0;
        foreach (var file in files)
        {
            using var response = await GetAsync(file, "gzip");
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal("public, max-age=31536000, immutable", response.Headers.CacheControl?.ToString());
            total += (await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).Length;
        }

        Assert.InRange(total, 1, FirstLoadLimit);
    }

    [Theory]
    [InlineData("br", "br")]
    [InlineData("gzip, br;q=0", "gzip")]
    [InlineData("identity", null)]
    public async Task The_best_encoding_is_chosen_and_has_its_own_tag(string accept, string? encoding)
    {
        Assert.SkipUnless(DashboardEndpoints.IsBuilt, "The front-end was left out of this build.");
        var file = await ScriptAsync();
        using var response = await GetAsync(file, accept);
        Assert.Equal(encoding, response.Content.Headers.ContentEncoding.SingleOrDefault());
        Assert.Equal(encoding, response.Headers.ETag!.Tag.Trim('"').Split('-').ElementAtOrDefault(1));
        Assert.Contains("Accept-Encoding", response.Headers.Vary);

        using var again = new HttpRequestMessage(HttpMethod.Get, file);
        again.Headers.TryAddWithoutValidation("Accept-Encoding", accept);
        again.Headers.IfNoneMatch.Add(response.Headers.ETag);
        using var unchanged = await _client.SendAsync(again, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);

        using var other = new HttpRequestMessage(HttpMethod.Get, file);
        other.Headers.TryAddWithoutValidation("Accept-Encoding", accept);
        other.Headers.IfNoneMatch.Add(new EntityTagHeaderValue("\"other\""));
        using var changed = await _client.SendAsync(other, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
    }

    [Fact]
    public async Task A_file_too_small_to_compress_is_sent_as_it_is_to_those_who_take_any_encoding()
    {
        Assert.SkipUnless(DashboardEndpoints.IsBuilt, "The front-end was left out of this build.");
        using var response = await GetAsync("/favicon.svg", "gzip, deflate, br, zstd");
        Assert.Empty(response.Content.Headers.ContentEncoding);
        Assert.StartsWith("<svg", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_head_request_is_answered_without_a_body()
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, "/favicon.svg");
        using var response = await _client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.SkipUnless(DashboardEndpoints.IsBuilt, "The front-end was left out of this build.");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.True(response.Content.Headers.ContentLength > 0);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_build_without_the_front_end_says_what_to_run()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var app = builder.Build();
        DashboardEndpoints.Map(app, Dashboard.Assets.AssetCatalog.Empty);
        await app.StartAsync(TestContext.Current.CancellationToken);
        using var response = await _client.GetAsync(new Uri(new Uri(app.Urls.Single()), "/datasets"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Contains("dotnet build src/Etdb.Cli", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app.DisposeAsync();
    }

    private async Task<string> ScriptAsync()
    {
        using var page = await GetAsync("/");
        return Assets().Matches(await page.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Select(match => match.Value).First(path => path.EndsWith(".js", StringComparison.Ordinal));
    }

    private async Task<HttpResponseMessage> GetAsync(string path, string encoding = "identity")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Accept-Encoding", encoding);
        return await _client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    [GeneratedRegex(@"<script(?![^>]*\ssrc=)|<style|\son\w+=", RegexOptions.IgnoreCase)]
    private static partial Regex InlineScript();

    [GeneratedRegex("/assets/[A-Za-z0-9._-]+")]
    private static partial Regex Assets();
}
