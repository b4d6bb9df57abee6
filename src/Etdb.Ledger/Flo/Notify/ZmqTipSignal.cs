using System.Net.Sockets;

namespace Etdb.Ledger.Flo.Notify;

/// <summary>
/// Listens to a node's <c>hashblock</c> announcements by ZeroMQ (flod: <c>-zmqpubhashblock=tcp://127.0.0.1:28332</c>). Connects again as
/// <see cref="SignalLoop"/> does.
/// </summary>
public sealed class ZmqTipSignal : ITipSignal, IAsyncDisposable
{
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(10);

    private readonly Uri _endpoint;
    private readonly TimeProvider _time;
    private readonly SignalLoop _loop;

    private ZmqTipSignal(Uri endpoint, TimeProvider time)
    {
        (_endpoint, _time) = (endpoint, time);
        _loop = new SignalLoop(endpoint, time, ListenOnceAsync);
    }

    /// <summary>What went wrong last; null while connected.</summary>
    public string? Fault => _loop.Fault;

    /// <summary>Starts to listen.</summary>
    /// <param name="endpoint">For example <c>tcp://127.0.0.1:28332</c>.</param>
    /// <param name="time">Clock of the waits.</param>
    /// <exception cref="FormatException">The endpoint is not <c>tcp://HOST:PORT</c>.</exception>
    public static ZmqTipSignal Start(Uri endpoint, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        ArgumentNullException.ThrowIfNull(time);
        return endpoint is { IsAbsoluteUri: true, Scheme: "tcp", Port: > 0 }
            ? new ZmqTipSignal(endpoint, time)
            : throw new FormatException($"'{endpoint}' is no ZeroMQ endpoint; give tcp://HOST:PORT, as in the node's zmqpubhashblock.");
    }

    /// <inheritdoc/>
    public Task<bool> WaitAsync(TimeSpan atMost, CancellationToken cancellationToken) => _loop.WaitAsync(atMost, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _loop.DisposeAsync();

    private async Task ListenOnceAsync(SignalLoop loop, CancellationToken cancellationToken)
    {
        using var tcp = new TcpClient { NoDelay = true };
        tcp.Client.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, optionValue: true);
        var stream = await ConnectAsync(tcp, cancellationToken).ConfigureAwait(false);
        await using var closing = stream.ConfigureAwait(false);
        loop.Connected();
        while (true)
        {
            var message = await ZmtpFrames.ReadMessageAsync(stream, cancellationToken).ConfigureAwait(false);
            if (message is [var topic, ..] && topic.AsSpan().SequenceEqual("hashblock"u8))
            {
                loop.Announce();
            }
        }
    }

    private async Task<NetworkStream> ConnectAsync(TcpClient tcp, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(ConnectLimit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        await tcp.ConnectAsync(_endpoint.Host, _endpoint.Port, either.Token).ConfigureAwait(false);
        var stream = tcp.GetStream();
        await stream.WriteAsync(ZmtpFrames.Greeting(), either.Token).ConfigureAwait(false);
        await ZmtpFrames.ReadGreetingAsync(stream, either.Token).ConfigureAwait(false);
        await stream.WriteAsync(ZmtpFrames.ReadyAndSubscribe("hashblock"u8), either.Token).ConfigureAwait(false);
        return stream;
    }
}
