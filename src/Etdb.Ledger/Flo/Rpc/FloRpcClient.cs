using System.Text.Json;
using System.Text.Json.Nodes;

namespace Etdb.Ledger.Flo.Rpc;

/// <summary>
/// A typed client of flod, flod-go, fcoin and our development chain. Blocks and transactions are fetched in hex, the one form all of them give alike and that
/// carries floData exactly, and are checked to be what was asked for. Failures are <see cref="FloNodeException"/>. Reads are
/// repeated with jitter after transient failures; calls that change the node are not.
/// </summary>
public sealed partial class FloRpcClient : IDisposable
{
    private readonly FloRpcOptions _options;
    private readonly RpcTransport _transport;
    private readonly TimeProvider _time;
    private readonly HttpClient? _owned;

    /// <summary>Uses a client made by the caller (<c>IHttpClientFactory</c>); its own timeout should be infinite.</summary>
    public FloRpcClient(HttpClient http, FloRpcOptions options, TimeProvider time)
    {
        _options = options;
        _time = time;
        _transport = new RpcTransport(http, options, time);
    }

    private FloRpcClient(HttpClient owned, FloRpcOptions options, TimeProvider time, bool dispose)
        : this(owned, options, time) => _owned = dispose ? owned : null;

    /// <summary>Where the node is.</summary>
    public Uri Endpoint => _options.Endpoint;

    /// <summary>Makes a client with its own connections.</summary>
    public static FloRpcClient Create(FloRpcOptions options, TimeProvider time)
    {
        var handler = new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5), AllowAutoRedirect = false, UseProxy = false };
        return new FloRpcClient(new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan }, options, time, dispose: true);
    }

    /// <summary>Makes one call that is safe to repeat. A refusal throws.</summary>
    public Task<JsonElement> ReadAsync(string method, JsonArray? arguments, CancellationToken cancellationToken) =>
        CallAsync(new RpcCall(method, arguments), repeatable: true, cancellationToken);

    /// <summary>Makes one call that changes something, exactly once. A refusal throws.</summary>
    public Task<JsonElement> ExecuteAsync(string method, JsonArray? arguments, CancellationToken cancellationToken) =>
        CallAsync(new RpcCall(method, arguments), repeatable: false, cancellationToken);

    /// <summary>Makes many calls that are safe to repeat, <see cref="FloRpcOptions.MaxBatch"/> in a request; answers in order, refusals as values.</summary>
    public async Task<IReadOnlyList<RpcAnswer>> ReadBatchAsync(IReadOnlyList<RpcCall> calls, CancellationToken cancellationToken)
    {
        var answers = new List<RpcAnswer>(calls.Count);
        foreach (var chunk in calls.Chunk(_options.MaxBatch))
        {
            answers.AddRange(await _transport.SendAsync(chunk, repeatable: true, cancellationToken).ConfigureAwait(false));
        }

        return answers;
    }

    /// <summary>The same, each answer read where it lies in the body: <paramref name="read"/> is given the number of its call and must not keep its result.</summary>
    private async Task<IReadOnlyList<T>> ReadBatchAsync<T>(IReadOnlyList<RpcCall> calls, Func<int, RpcAnswer, T> read, CancellationToken cancellationToken)
    {
        var answers = new List<T>(calls.Count);
        foreach (var chunk in calls.Chunk(_options.MaxBatch))
        {
            var before = answers.Count;
            answers.AddRange(await _transport.SendAsync(chunk, (i, answer) => read(before + i, answer), repeatable: true, cancellationToken).ConfigureAwait(false));
        }

        return answers;
    }

    /// <inheritdoc/>
    public void Dispose() => _owned?.Dispose();

    private async Task<JsonElement> CallAsync(RpcCall call, bool repeatable, CancellationToken cancellationToken)
    {
        var answers = await _transport.SendAsync([call], repeatable, cancellationToken).ConfigureAwait(false);
        return Result(call, answers[0]);
    }

    private JsonElement Result(RpcCall call, RpcAnswer answer) => answer.ErrorCode is not { } code
        ? answer.Result
        : throw new FloNodeException(FloNodeFailure.Refused, $"{Endpoint} refused {call.Method}: {answer.ErrorMessage} ({code})", code);

    private T Read<T>(string method, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException or KeyNotFoundException or OverflowException)
        {
            throw new FloNodeException(FloNodeFailure.Malformed, $"{Endpoint} answered {method} with something else than the protocol says: {e.Message}", null, e);
        }
    }
}
