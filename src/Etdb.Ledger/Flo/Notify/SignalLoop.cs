using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Threading.Channels;

namespace Etdb.Ledger.Flo.Notify;

/// <summary>
/// What every announcing node needs of a listener: one pending signal however many come, and a connection that is made again whenever it is lost, after waits that grow, with jitter,
/// up to a minute. Each connecting is a signal too, as something may have been missed.
/// </summary>
internal sealed class SignalLoop : IAsyncDisposable
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    private readonly Channel<bool> _signals = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource _stop = new();
    private readonly Uri _endpoint;
    private readonly TimeProvider _time;
    private readonly Func<SignalLoop, CancellationToken, Task> _listen;
    private readonly Task _loop;
    private TimeSpan _wait = FirstWait;

    /// <summary>Starts to listen; <paramref name="listen"/> listens until the connection ends and throws then.</summary>
    public SignalLoop(Uri endpoint, TimeProvider time, Func<SignalLoop, CancellationToken, Task> listen)
    {
        (_endpoint, _time, _listen) = (endpoint, time, listen);
        _loop = Task.Run(() => ListenAsync(_stop.Token));
    }

    /// <summary>What went wrong last; null while connected.</summary>
    public string? Fault { get; private set; } = "not connected yet";

    /// <summary>Says that the connection stands.</summary>
    public void Connected()
    {
        Fault = null;
        _wait = FirstWait;
        Announce();
    }

    /// <summary>Says that the node announced something.</summary>
    public void Announce() => _signals.Writer.TryWrite(true);

    /// <summary>As <see cref="ITipSignal.WaitAsync"/>.</summary>
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
        while (true)
        {
            try
            {
                await _listen(this, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or SocketException or WebSocketException or FormatException
                || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                Fault = $"{_endpoint}: {e.Message}";
            }

            // Between half and all of the wait, so that many that lost one node do not come back at once.
            await Task.Delay(_wait * (RandomNumberGenerator.GetInt32(50, 101) / 100.0), _time, cancellationToken).ConfigureAwait(false);
            _wait = TimeSpan.FromTicks(Math.Min(_wait.Ticks * 2, LongestWait.Ticks));
        }
    }
}
