using Etdb.Ipfs.Node;

namespace Etdb.Ipfs.Tests.Node.Rpc;

/// <summary>Secrets by path prefix, as Kubo's <c>API.Authorizations</c> has it.</summary>
public sealed class RpcGuardTests
{
    private static EmbeddedNodeOptions Guarded(EmbeddedNodeOptions options) => options with
    {
        Authorizations =
        [
            new RpcAuthorization("cluster", "bearer:cluster-secret", ["/api/v0/id", "/api/v0/pin", "/api/v0/block/get"]),
            new RpcAuthorization("admin", "basic:admin:admin-secret", ["/api/v0"]),
        ],
    };

    [Theory]
    [InlineData("version", null, 200)] // open to all
    [InlineData("id", null, 403)]
    [InlineData("id", "Bearer cluster-secret", 200)]
    [InlineData("id", "bearer cluster-secret", 403)]
    [InlineData("id", "Bearer cluster-secreT", 403)]
    [InlineData("id", "Bearer ", 403)]
    [InlineData("id", "cluster-secret", 403)]
    [InlineData("pin/ls?type=recursive", "Bearer cluster-secret", 200)]
    [InlineData("repo/stat", "Bearer cluster-secret", 403)]
    [InlineData("block/rm?arg=x", "Bearer cluster-secret", 403)]
    [InlineData("repo/stat", "Basic YWRtaW46YWRtaW4tc2VjcmV0", 200)]
    [InlineData("repo/stat", "Basic YWRtaW46d3Jvbmc=", 403)]
    [InlineData("pin/../repo/gc", "Bearer cluster-secret", 403)]
    [InlineData("pin%2F..%2Frepo%2Fgc", "Bearer cluster-secret", 403)]
    [InlineData("pinned", "Bearer cluster-secret", 403)] // a prefix covers whole segments
    public async Task A_secret_opens_its_paths_and_no_others(string call, string? header, int expected)
    {
        await using var nodes = new TestNodes();
        var node = await nodes.StartAsync(Guarded);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(node.ApiUri, "/api/v0/" + call));
        if (header is not null)
        {
            Assert.True(request.Headers.TryAddWithoutValidation("Authorization", header));
        }

        using var answer = await nodes.Http.SendAsync(request, TestNodes.Token);
        Assert.Equal(expected, (int)answer.StatusCode);
    }

    [Theory]
    [InlineData("Origin", "https://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("Referer", "https://evil.example/page")]
    public async Task What_a_foreign_page_makes_a_browser_send_is_refused(string name, string value)
    {
        await using var nodes = new TestNodes();
        var node = await nodes.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(node.ApiUri, "/api/v0/id"));
        request.Headers.TryAddWithoutValidation(name, value);
        using var answer = await nodes.Http.SendAsync(request, TestNodes.Token);
        Assert.Equal(403, (int)answer.StatusCode);
        using var get = await nodes.Http.GetAsync(new Uri(node.ApiUri, "/api/v0/id"), TestNodes.Token);
        Assert.Equal(405, (int)get.StatusCode);
    }

    [Fact]
    public async Task A_port_for_others_needs_a_secret_and_a_secret_needs_a_form()
    {
        await using var nodes = new TestNodes();
        await Assert.ThrowsAsync<ArgumentException>(() => nodes.StartAsync(static options => options with { ApiAddress = System.Net.IPAddress.Any }));
        foreach (var secret in new[] { string.Empty, "bearer:", "digest:x" })
        {
            await Assert.ThrowsAsync<ArgumentException>(() => nodes.StartAsync(options => options with { Authorizations = [new RpcAuthorization("x", secret, ["/api/v0"])] }));
        }
    }
}
