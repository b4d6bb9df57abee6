using System.Net;
using System.Text;
using System.Text.Json;
using Etdb.Ledger.Flo.Rpc;

namespace Etdb.Ledger.Tests.Flo;

/// <summary>A node in place of the network: answers what it was told to, in order, given the id of the first call.</summary>
internal sealed class FakeNode : HttpMessageHandler
{
    public Queue<Func<long, HttpResponseMessage>> Answers { get; } = new();

    public List<string> Requests { get; } = [];

    public List<string> Credentials { get; } = [];

    /// <summary>In place of an answer: nothing, until the request is given up.</summary>
    public static HttpResponseMessage Never(long id) => new(HttpStatusCode.Continue);

    public FloRpcClient Client(Func<FloRpcOptions, FloRpcOptions>? change = null)
    {
        var options = new FloRpcOptions { Endpoint = new Uri("http://node.invalid/"), FirstWait = TimeSpan.FromMilliseconds(1), LongestWait = TimeSpan.FromMilliseconds(2) };
        return new FloRpcClient(new HttpClient(this, disposeHandler: false), change?.Invoke(options) ?? options, TimeProvider.System);
    }

    public static HttpResponseMessage Body(byte[] body) => new(HttpStatusCode.OK) { Content = new ByteArrayContent(body) };

    public static HttpResponseMessage Result(long id, string json) => Body(Encoding.UTF8.GetBytes($"{{\"result\":{json},\"error\":null,\"id\":{id}}}"));

    public static HttpResponseMessage Error(long id, int code, string message) =>
        Body(Encoding.UTF8.GetBytes($"{{\"result\":null,\"error\":{{\"code\":{code},\"message\":\"{message}\"}},\"id\":{id}}}"));

    public static HttpResponseMessage Endless(bool announced)
    {
        var content = new StreamContent(new EndlessStream());
        content.Headers.ContentLength = announced ? 1L << 40 : null;
        return new HttpResponseMessage(HttpStatusCode.OK) { Content = content };
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = await request.Content!.ReadAsStringAsync(cancellationToken);
        Requests.Add(body);
        if (request.Headers.Authorization?.Parameter is { } credentials)
        {
            Credentials.Add(Encoding.UTF8.GetString(Convert.FromBase64String(credentials)));
        }

        using var json = JsonDocument.Parse(body);
        var first = json.RootElement.ValueKind == JsonValueKind.Array ? json.RootElement[0] : json.RootElement;
        var answer = Answers.Dequeue()(first.GetProperty("id").GetInt64());
        if (answer.StatusCode == HttpStatusCode.Continue)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }

        return answer;
    }

    private sealed class EndlessStream : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            buffer.AsSpan(offset, count).Fill((byte)'[');
            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
