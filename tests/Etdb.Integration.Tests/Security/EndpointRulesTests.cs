using System.Net;
using Etdb.Domain.Access;
using Etdb.Silo.Security;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;

namespace Etdb.Integration.Tests.Security;

/// <summary>Every endpoint that a silo has says who may call it, and holds to it; those that are added later too.</summary>
public sealed class EndpointRulesTests(TokenSilo fixture) : IClassFixture<TokenSilo>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private List<RouteEndpoint> Endpoints => [.. fixture.Silo.App.Services.GetServices<EndpointDataSource>().SelectMany(s => s.Endpoints).OfType<RouteEndpoint>().DistinctBy(e => e.DisplayName)];

    [Fact]
    public void Every_endpoint_says_who_may_call_it()
    {
        Assert.True(Endpoints.Count > 40, $"Only {Endpoints.Count} endpoints were found.");
        Assert.Equal([], Endpoints.Where(e => e.Metadata.GetMetadata<AccessRule>() is null).Select(e => e.DisplayName));
    }

    [Fact]
    public void What_changes_something_is_open_to_nobody_but_for_signing_in_and_joining()
    {
        var open = Endpoints.Where(e => Changes(e) && e.Metadata.GetMetadata<AccessRule>()!.Role is null).Select(e => e.RoutePattern.RawText).Order();
        Assert.Equal(["/api/v1/join", "/api/v1/login", "/api/v1/session", "/api/v1/session"], open);
        Assert.Equal([], Endpoints.Where(e => Changes(e) && e.Metadata.GetMetadata<AccessRule>()!.Role == Role.Viewer).Select(e => e.DisplayName));
    }

    [Fact]
    public void What_is_posted_to_without_a_note_only_answers_questions()
    {
        var unnoted = Endpoints.Where(e => e.Metadata.GetMetadata<AccessRule>()!.OnlyReads).Select(e => e.RoutePattern.RawText).Order();
        Assert.Equal(["/alexandria/v2/search", "/alexandria/v2/searchTxComment", "/api/v1/login/challenge", "/api/v2/search", "/api/v2/searchTxComment"], unnoted);
    }

    [Fact]
    public void Only_health_checks_are_answered_without_a_limit()
        => Assert.Equal(["/health/live", "/health/ready"], Endpoints.Where(e => e.Metadata.GetMetadata<AccessRule>()!.Unlimited).Select(e => e.RoutePattern.RawText).Order());

    [Fact]
    public async Task Every_change_leaves_a_note_of_being_asked_for_and_of_its_end()
    {
        using var admin = fixture.Silo.Client(await fixture.Silo.TokenAsync("admin"));
        var changes = Endpoints.Where(Changes).ToList();
        foreach (var endpoint in changes)
        {
            await CallAsync(admin, endpoint);
        }

        var noted = (await TokenTests.CallsAsync(admin)).ToLookup(c => (c.GetProperty("method").GetString(), c.GetProperty("path").GetString()), c => c.GetProperty("outcome").GetString());
        foreach (var endpoint in changes)
        {
            var outcomes = noted[(MethodOf(endpoint), PathOf(endpoint))].ToList();
            Assert.True(outcomes.Contains("asked") && outcomes.Exists(o => o is "done" or "refused" or "failed"), $"{endpoint.DisplayName} left {string.Join(", ", outcomes)}.");
        }
    }

    [Fact]
    public void Scoped_roles_name_whose_the_thing_is()
        => Assert.Equal([], Endpoints.Where(e => e.Metadata.GetMetadata<AccessRule>() is { Role: { } role } rule && Grant.NeedsScope(role) != (rule.Owner != Owner.None)).Select(e => e.DisplayName));

    [Fact]
    public async Task Without_a_token_only_what_is_open_is_answered()
    {
        using var stranger = fixture.Silo.Client(null);
        foreach (var endpoint in Endpoints)
        {
            var status = await CallAsync(stranger, endpoint);
            Assert.True(endpoint.Metadata.GetMetadata<AccessRule>()!.Role is null ? status is not (401 or 403) : status == 401, $"{endpoint.DisplayName} answered a stranger with {status}.");
        }
    }

    [Fact]
    public async Task A_role_that_is_not_enough_is_refused()
    {
        foreach (var held in new[] { "viewer", "auditor", "publisher:oQyP8FXp9FgS24PPsszA5ecGQZZ67qVwDE", "member-operator:m1" })
        {
            Assert.True(Grant.TryParse(held, out var grant, out _));
            using var client = fixture.Silo.Client(await fixture.Silo.TokenAsync(held));
            foreach (var endpoint in Endpoints.Where(e => e.Metadata.GetMetadata<AccessRule>() is { Role: { } role } && !AccessRules.Allows([grant], role, "x")))
            {
                Assert.True(await CallAsync(client, endpoint) == 403, $"{endpoint.DisplayName} let {held} through.");
            }
        }
    }

    private static string MethodOf(RouteEndpoint endpoint) => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods[0] ?? "GET";

    private static string PathOf(RouteEndpoint endpoint)
        => "/" + string.Join('/', endpoint.RoutePattern.PathSegments.Select(s => string.Concat(s.Parts.Select(p => p is RoutePatternLiteralPart l ? l.Content : "x"))));

    private static bool Changes(RouteEndpoint e) => !e.Metadata.GetMetadata<AccessRule>()!.OnlyReads && e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Any(m => m is not ("GET" or "HEAD")) == true;

    /// <summary>Calls it about a thing that is not there, with nothing in the body; streams are not read.</summary>
    private static async Task<int> CallAsync(HttpClient client, RouteEndpoint endpoint)
    {
        var (path, method) = (PathOf(endpoint), MethodOf(endpoint));
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Content = method is "POST" or "PUT" ? new StringContent("{}", System.Text.Encoding.UTF8, "application/json") : null;
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Ct);
        if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        {
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        }

        return (int)response.StatusCode;
    }
}
