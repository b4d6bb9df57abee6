using System.Net.Sockets;
using System.Threading.Channels;

namespace Etdb.Ledger.Flo.Notify;

/// <summary>
/// Listens to a node's <c>hashblock</c> announcements by ZeroMQ (flod: <c>-zmqpubhashblock=tcp://127.0.0.1:28332</c>). Connects again whenever the connection is lost,
/// with growing waits, and signals after each connecting, as something may have been missed.
/// </summary>
public sealed class ZmqTipSignal : ITipSignal, IAsyncDisposable
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(10);

    private readonly Channel<bool> _signals = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource _stop = new();
    private readonly Uri _endpoint;
    private readonly TimeProvider _time;
    private readonly Task _loop;

    private ZmqTipSignal(Uri endpoint, TimeProvider time)
    {
        (_endpoint, _time) = (endpoint, time);
        _loop = Task.Run(() => ListenAsync(_stop.Token));
    }

    /// <summary>What went wrong last; null while connected.</summary>
    public string? Fault { get; private set; } = "not connected yet";

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
    public async Task<bool> WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(atMost, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await _signals.Reader.ReadAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        var wait = FirstWait;
        while (true)
        {
            try
            {
                await ListenOnceAsync(() => wait = FirstWait, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or SocketException or FormatException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                Fault = $"{_endpoint}: {e.Message}";
            }

            await Task.Delay(wait, _time, cancellationToken).ConfigureAwait(false);
            wait = TimeSpan.FromTicks(Math.Min(wait.Ticks * 2, LongestWait.Ticks));
        }
    }

    private async Task ListenOnceAsync(Action connected, CancellationToken cancellationToken)
    {
        using var tcp = new TcpClient { NoDelay = true };
        tcp.Client.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, optionValue: true);
        var stream = await ConnectAsync(tcp, cancellationToken).ConfigureAwait(false);
        await using var closing = stream.ConfigureAwait(false);
        Fault = null;
        connected();
        _signals.Writer.TryWrite(true);
        while (true)
        {
            var message = await ZmtpFrames.ReadMessageAsync(stream, cancellationToken).ConfigureAwait(false);
            if (message is [var topic, ..] && topic.AsSpan().SequenceEqual("hashblock"u8))
            {
                _signals.Writer.TryWrite(true);
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
