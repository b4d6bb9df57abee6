using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Etdb.Ledger.Flo.Rpc;

/// <summary>
/// JSON-RPC 1.0 over HTTP POST: authentication, time and size limits, repetition of calls that are safe to repeat. Answers are read as bytes and parsed without
/// decoding strings, because flod puts floData that is not UTF-8 into its JSON as it is.
/// </summary>
internal sealed class RpcTransport(HttpClient http, FloRpcOptions options, TimeProvider time)
{
    private const int MaxDepth = 64;
    private const int WarmingUp = -28;
    private const int FirstBuffer = 16 << 10;
    private readonly CookieReader _cookie = new(options);
    private long _lastId;

    /// <summary>Sends the calls in one request (a batch when more than one) and gives the answers in the same order.</summary>
    public Task<RpcAnswer[]> SendAsync(IReadOnlyList<RpcCall> calls, bool repeatable, CancellationToken cancellationToken) =>
        SendAsync(calls, static (_, answer) => answer.Succeeded ? answer with { Result = answer.Result.Clone() } : answer, repeatable, cancellationToken);

    /// <summary>The same; <paramref name="read"/> is given the number of a call and its answer, whose result is gone when it returns: blocks need not be copied to be read.</summary>
    public async Task<T[]> SendAsync<T>(IReadOnlyList<RpcCall> calls, Func<int, RpcAnswer, T> read, bool repeatable, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await SendOnceAsync(calls, read, cancellationToken).ConfigureAwait(false);
            }
            catch (FloNodeException e) when (e.IsTransient && repeatable && attempt < options.Attempts)
            {
                await Task.Delay(WaitAfter(attempt), time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Reads a document below the endpoint by GET, for the few things a node tells only that way; repeated after transient failures.</summary>
    public async Task<JsonElement> GetAsync(string path, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await GetOnceAsync(path, cancellationToken).ConfigureAwait(false);
            }
            catch (FloNodeException e) when (e.IsTransient && attempt < options.Attempts)
            {
                await Task.Delay(WaitAfter(attempt), time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task<JsonElement> GetOnceAsync(string path, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.Timeout, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(options.Endpoint, path));
            await AuthorizeAsync(request, fresh: false, linked.Token).ConfigureAwait(false);
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, linked.Token).ConfigureAwait(false);
            if (response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.BadRequest)
            {
                throw new FloNodeException(FloNodeFailure.Refused, $"{options.Endpoint} does not tell {path}; fcoin does with its address index (--index-address).");
            }

            return await ReadAsync(response, path, answer => answer.Clone(), linked.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new FloNodeException(FloNodeFailure.TimedOut, $"{options.Endpoint} gave no answer to {path} within {options.Timeout.TotalSeconds} s.", null, e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new FloNodeException(FloNodeFailure.Unreachable, $"{options.Endpoint} cannot be reached for {path}: {e.Message}", null, e);
        }
    }

    /// <summary>Full jitter: between nothing and the doubled wait.</summary>
    private TimeSpan WaitAfter(int attempt)
    {
        var ceiling = Math.Min(options.LongestWait.TotalMilliseconds, options.FirstWait.TotalMilliseconds * Math.Pow(2, attempt - 1));
        return TimeSpan.FromMilliseconds(1 + RandomNumberGenerator.GetInt32(Math.Max(1, (int)ceiling)));
    }

    private async Task<T[]> SendOnceAsync<T>(IReadOnlyList<RpcCall> calls, Func<int, RpcAnswer, T> read, CancellationToken cancellationToken)
    {
        var firstId = Interlocked.Add(ref _lastId, calls.Count) - calls.Count + 1;
        var body = Encode(calls, firstId);
        var what = calls.Count == 1 ? calls[0].Method : $"{calls.Count} calls, first {calls[0].Method}";
        using var limit = new CancellationTokenSource(options.Timeout, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await ExchangeAsync(body, what, answer => RpcDecoder.Decode(answer, calls.Count, firstId, options.Endpoint, read), linked.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new FloNodeException(FloNodeFailure.TimedOut, $"{options.Endpoint} gave no answer to {what} within {options.Timeout.TotalSeconds} s.", null, e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new FloNodeException(FloNodeFailure.Unreachable, $"{options.Endpoint} cannot be reached for {what}: {e.Message}", null, e);
        }
    }

    private async Task<T> ExchangeAsync<T>(ReadOnlyMemory<byte> body, string what, Func<JsonElement, T> read, CancellationToken cancellationToken)
    {
        using var first = await PostAsync(body, fresh: false, cancellationToken).ConfigureAwait(false);
        if (first.StatusCode != HttpStatusCode.Unauthorized || options.CookieFile is null)
        {
            return await ReadAsync(first, what, read, cancellationToken).ConfigureAwait(false);
        }

        // The node has been restarted and wrote a new cookie.
        using var second = await PostAsync(body, fresh: true, cancellationToken).ConfigureAwait(false);
        return await ReadAsync(second, what, read, cancellationToken).ConfigureAwait(false);
    }

    private async Task<HttpResponseMessage> PostAsync(ReadOnlyMemory<byte> body, bool fresh, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, options.Endpoint);
        request.Content = new ReadOnlyMemoryContent(body);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        await AuthorizeAsync(request, fresh, cancellationToken).ConfigureAwait(false);
        return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
    }

    private async Task AuthorizeAsync(HttpRequestMessage request, bool fresh, CancellationToken cancellationToken)
    {
        if (await _cookie.ReadAsync(fresh, cancellationToken).ConfigureAwait(false) is { } credentials)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials)));
        }
    }

    /// <summary>Reads an answer into a rented buffer, which <paramref name="read"/> sees and must not keep: answers of a megabyte, one after the other, would keep the collector busy.</summary>
    private async Task<T> ReadAsync<T>(HttpResponseMessage response, string what, Func<JsonElement, T> read, CancellationToken cancellationToken)
    {
        switch (response.StatusCode)
        {
            case HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden:
                throw new FloNodeException(FloNodeFailure.Unauthorized, $"{options.Endpoint} refused the credentials for {what}; check user, password or cookie file.");
            case HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests:
                throw new FloNodeException(FloNodeFailure.Busy, $"{options.Endpoint} is busy ({(int)response.StatusCode}) and did not take {what}.");
        }

        if (response.Content.Headers.ContentLength > options.MaxAnswerBytes)
        {
            throw TooLarge(what);
        }

        var (buffer, length) = await FillAsync(response, what, cancellationToken).ConfigureAwait(false);
        try
        {
            using var document = JsonDocument.Parse(buffer.AsMemory(0, length), new JsonDocumentOptions { MaxDepth = MaxDepth });
            return read(document.RootElement);
        }
        catch (JsonException e)
        {
            throw new FloNodeException(
                FloNodeFailure.Malformed, $"{options.Endpoint} answered {what} with status {(int)response.StatusCode} and something that is not JSON.", null, e);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Reads the whole body into a rented buffer. What was rented before a failure is left to the collector.</summary>
    private async Task<(byte[] Buffer, int Length)> FillAsync(HttpResponseMessage response, string what, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Max(FirstBuffer, (response.Content.Headers.ContentLength + 1) ?? 0));
        var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = stream.ConfigureAwait(false);
        for (var length = 0; ;)
        {
            if (length == buffer.Length)
            {
                var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
                buffer.CopyTo(larger, 0);
                ArrayPool<byte>.Shared.Return(buffer);
                buffer = larger;
            }

            var read = await stream.ReadAsync(buffer.AsMemory(length), cancellationToken).ConfigureAwait(false);
            length += read;
            if (length > options.MaxAnswerBytes)
            {
                throw TooLarge(what);
            }

            if (read == 0)
            {
                return (buffer, length);
            }
        }
    }

    private FloNodeException TooLarge(string what) =>
        new(FloNodeFailure.AnswerTooLarge, $"{options.Endpoint} answered {what} with more than {options.MaxAnswerBytes} bytes.");

    private static ReadOnlyMemory<byte> Encode(IReadOnlyList<RpcCall> calls, long firstId)
    {
        var body = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(body);
        if (calls.Count > 1)
        {
            json.WriteStartArray();
        }

        for (var i = 0; i < calls.Count; i++)
        {
            json.WriteStartObject();
            json.WriteString("jsonrpc"u8, "1.0"u8);
            json.WriteNumber("id"u8, firstId + i);
            json.WriteString("method"u8, calls[i].Method);
            json.WritePropertyName("params"u8);
            (calls[i].Arguments ?? []).WriteTo(json);
            json.WriteEndObject();
        }

        if (calls.Count > 1)
        {
            json.WriteEndArray();
        }

        json.Flush();
        return body.WrittenMemory;
    }

    /// <summary>Turns the one error that only means "not yet" into a failure that is repeated.</summary>
    internal static bool IsWarmingUp(int code) => code == WarmingUp;
}
