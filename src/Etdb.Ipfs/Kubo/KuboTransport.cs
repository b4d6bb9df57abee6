using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Etdb.Ipfs.Fetch;

namespace Etdb.Ipfs.Kubo;

/// <summary>
/// Calls of the RPC over HTTP: POST, credentials, limits on silence instead of on the whole, errors told apart, and the error that may come in the trailer
/// after a status of 200. Shared by all threads.
/// </summary>
internal sealed class KuboTransport(HttpClient http, KuboEndpoint endpoint, KuboClientOptions options)
{
    private const int MaxErrorBytes = 64 << 10;
    private const int MaxDocumentBytes = 4 << 20;
    private const string ErrorTrailer = "X-Stream-Error";

    public KuboEndpoint Endpoint { get; } = endpoint;

    public KuboClientOptions Options { get; } = options;

    /// <summary>A call with one JSON document as its answer.</summary>
    public async Task<KuboAnswer<T>> JsonAsync<T>(string path, Func<JsonElement, T> read, HttpContent? content, TimeSpan stallLimit, CancellationToken cancellationToken)
    {
        var answer = await BytesAsync(path, content, MaxDocumentBytes, stallLimit, cancellationToken).ConfigureAwait(false);
        if (!answer.Done)
        {
            return new KuboAnswer<T>(answer.Outcome, default, answer.Detail);
        }

        try
        {
            using var document = JsonDocument.Parse(answer.Value);
            return new KuboAnswer<T>(KuboOutcome.Done, read(document.RootElement), null);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            return new KuboAnswer<T>(KuboOutcome.NodeError, default, $"{Endpoint} gave no answer that can be read to {Name(path)}: {error.Message}");
        }
    }

    /// <summary>A call with a body of limited length as its answer.</summary>
    public async Task<KuboAnswer<byte[]>> BytesAsync(string path, HttpContent? content, int limit, TimeSpan stallLimit, CancellationToken cancellationToken)
    {
        using var guard = new StallGuard(stallLimit, Options.Time, cancellationToken);
        try
        {
            using var response = await SendAsync(path, content, guard).ConfigureAwait(false);
            if (await ErrorOfAsync(response, guard).ConfigureAwait(false) is { } error)
            {
                return new KuboAnswer<byte[]>(error.Outcome, null, $"{Endpoint} {Name(path)}: {error.Message}");
            }

            var stream = await response.Content.ReadAsStreamAsync(guard.Token).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                var bytes = await BoundedRead.AllAsync(stream, response.Content.Headers.ContentLength, limit, guard).ConfigureAwait(false);
                return bytes is null ? new KuboAnswer<byte[]>(KuboOutcome.NodeError, null, $"{Endpoint} {Name(path)}: more than {limit} bytes came")
                    : TrailerError(response) is { } late ? new KuboAnswer<byte[]>(KuboErrors.OfMessage(late), null, $"{Endpoint} {Name(path)}: {late}")
                    : new KuboAnswer<byte[]>(KuboOutcome.Done, bytes, null);
            }
        }
        catch (Exception error) when (Explain(error, path, guard, cancellationToken) is { } why)
        {
            return new KuboAnswer<byte[]>(why.Outcome, null, why.Message);
        }
    }

    /// <summary>A call with many lines of JSON as its answer, one at a time; the memory of a line is good until the next.</summary>
    /// <exception cref="KuboException">When the answer is an error or does not come to its end.</exception>
    public async IAsyncEnumerable<ReadOnlySequence<byte>> LinesAsync(
        string path, HttpContent? content, TimeSpan stallLimit, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var guard = new StallGuard(stallLimit, Options.Time, cancellationToken);
        using var response = await GuardedAsync(() => SendAsync(path, content, guard), path, guard, cancellationToken).ConfigureAwait(false);
        if (await GuardedAsync(() => ErrorOfAsync(response, guard), path, guard, cancellationToken).ConfigureAwait(false) is { } error)
        {
            throw new KuboException(error.Outcome, $"{Endpoint} {Name(path)}: {error.Message}");
        }

        var stream = await GuardedAsync(() => response.Content.ReadAsStreamAsync(guard.Token), path, guard, cancellationToken).ConfigureAwait(false);
        var reader = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 64 << 10));
        while (true)
        {
            var read = await GuardedAsync(() => reader.ReadAsync(guard.Token).AsTask(), path, guard, cancellationToken).ConfigureAwait(false);
            guard.Heard();
            var buffer = read.Buffer;
            while (TryLine(ref buffer, read.IsCompleted, out var line))
            {
                yield return line;
                guard.Heard(); // the time the caller took is not the node's
            }

            if (buffer.Length > Options.MaxLineBytes)
            {
                throw new KuboException(KuboOutcome.NodeError, $"{Endpoint} {Name(path)}: a line is longer than {Options.MaxLineBytes} bytes");
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted)
            {
                break;
            }
        }

        await reader.CompleteAsync().ConfigureAwait(false);
        if (TrailerError(response) is { } late)
        {
            throw new KuboException(KuboErrors.OfMessage(late), $"{Endpoint} {Name(path)}: {late}");
        }
    }

    /// <summary>A call whose answer is a body to be read by the caller.</summary>
    public async Task<KuboAnswer<HttpResponseMessage>> OpenAsync(string path, StallGuard guard, CancellationToken cancellationToken)
    {
        try
        {
            var response = await SendAsync(path, null, guard).ConfigureAwait(false);
            if (await ErrorOfAsync(response, guard).ConfigureAwait(false) is { } error)
            {
                response.Dispose();
                return new KuboAnswer<HttpResponseMessage>(error.Outcome, null, $"{Endpoint} {Name(path)}: {error.Message}");
            }

            return new KuboAnswer<HttpResponseMessage>(KuboOutcome.Done, response, null);
        }
        catch (Exception error) when (Explain(error, path, guard, cancellationToken) is { } why)
        {
            return new KuboAnswer<HttpResponseMessage>(why.Outcome, null, why.Message);
        }
    }

    /// <summary>The error in the trailer, which is there only after the body was read to its end.</summary>
    public static string? TrailerError(HttpResponseMessage response) =>
        response.TrailingHeaders.TryGetValues(ErrorTrailer, out var values) && string.Join(' ', values) is { Length: > 0 } text ? text : null;

    private static string Name(string path) => path.Split('?', 2)[0];

    private static bool TryLine(ref ReadOnlySequence<byte> buffer, bool completed, out ReadOnlySequence<byte> line)
    {
        while (true)
        {
            if (buffer.PositionOf((byte)'\n') is { } end)
            {
                line = buffer.Slice(0, end);
                buffer = buffer.Slice(buffer.GetPosition(1, end));
            }
            else if (completed && !buffer.IsEmpty)
            {
                line = buffer;
                buffer = buffer.Slice(buffer.End);
            }
            else
            {
                line = default;
                return false;
            }

            if (!line.IsEmpty)
            {
                return true;
            }
        }
    }

    private async Task<HttpResponseMessage> SendAsync(string path, HttpContent? content, StallGuard guard)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"{Endpoint.Api.AbsoluteUri.TrimEnd('/')}/api/v0/{path}")) { Content = content };
        if (Endpoint.Authorization is { } secret)
        {
            request.Headers.Authorization = AuthenticationHeaderValue.Parse(secret);
        }

        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, guard.Token).ConfigureAwait(false);
        guard.Heard();
        return response;
    }

    private static async Task<(KuboOutcome Outcome, string Message)?> ErrorOfAsync(HttpResponseMessage response, StallGuard guard)
    {
        if (response.StatusCode == HttpStatusCode.OK)
        {
            return null;
        }

        var stream = await response.Content.ReadAsStreamAsync(guard.Token).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            var body = await BoundedRead.AllAsync(stream, response.Content.Headers.ContentLength, MaxErrorBytes, guard).ConfigureAwait(false);
            var message = KuboErrors.MessageOf(Encoding.UTF8.GetString(body ?? []));
            return (KuboErrors.OfStatus(response.StatusCode, message), message.Length > 0 ? message : $"status {(int)response.StatusCode}");
        }
    }

    private async Task<T> GuardedAsync<T>(Func<Task<T>> step, string path, StallGuard guard, CancellationToken cancellationToken)
    {
        try
        {
            return await step().ConfigureAwait(false);
        }
        catch (Exception error) when (Explain(error, path, guard, cancellationToken) is { } why)
        {
            throw new KuboException(why.Outcome, why.Message);
        }
    }

    private (KuboOutcome Outcome, string Message)? Explain(Exception error, string path, StallGuard guard, CancellationToken cancellationToken) => error switch
    {
        OperationCanceledException when cancellationToken.IsCancellationRequested => null,
        _ when guard.Stalled => (KuboOutcome.Stalled, $"{Endpoint} {Name(path)}: nothing was heard within the limit"),
        HttpRequestException or IOException or OperationCanceledException => (KuboOutcome.Unreachable, $"{Endpoint} {Name(path)}: {error.Message}"),
        _ => null,
    };
}
