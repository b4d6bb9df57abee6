using System.Net.Http.Headers;
using Etdb.Ipfs.Node;

namespace Etdb.Ipfs.Tests.Node;

/// <summary>Plain calls of the RPC, as a script makes them.</summary>
public static class RpcText
{
    /// <summary>Status and body of a call without a body.</summary>
    public static async Task<(int Status, string Body)> CallAsync(HttpClient http, EmbeddedNode node, string call, string? token = null)
    {
        var (status, body) = await BytesAsync(http, node, call, null, token);
        return (status, System.Text.Encoding.UTF8.GetString(body));
    }

    /// <summary>Uploads one file.</summary>
    public static async Task<(int Status, string Body)> AddAsync(HttpClient http, EmbeddedNode node, string name, byte[] content, string query)
    {
        using var form = new MultipartFormDataContent { { Part(content), "file", name } };
        var (status, body) = await BytesAsync(http, node, $"add?progress=false&{query}", form);
        return (status, System.Text.Encoding.UTF8.GetString(body));
    }

    /// <summary>Status and body of any call.</summary>
    public static async Task<(int Status, byte[] Body)> BytesAsync(HttpClient http, EmbeddedNode node, string call, HttpContent? content, string? token = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(node.ApiUri, "/api/v0/" + call)) { Content = content };
        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        using var answer = await http.SendAsync(request, TestNodes.Token);
        return ((int)answer.StatusCode, await answer.Content.ReadAsByteArrayAsync(TestNodes.Token));
    }

    public static ByteArrayContent Part(byte[] content, string type = "application/octet-stream") => new(content) { Headers = { ContentType = new MediaTypeHeaderValue(type) } };
}
