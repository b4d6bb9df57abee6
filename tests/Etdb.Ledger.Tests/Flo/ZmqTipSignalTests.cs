using System.Net;
using System.Net.Sockets;
using Etdb.Ledger.Flo.Notify;

namespace Etdb.Ledger.Tests.Flo;

/// <summary>The subscriber against publishers that behave and do not. (A publisher of libzmq itself: the integration tests.)</summary>
public sealed class ZmqTipSignalTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public ZmqTipSignalTests() => _listener.Start();

    public void Dispose() => _listener.Dispose();

    private ZmqTipSignal Start() => ZmqTipSignal.Start(new Uri($"tcp://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}"), TimeProvider.System);

    /// <summary>Takes a connection through the handshake and reads the subscription.</summary>
    private async Task<NetworkStream> AcceptAsync(CancellationToken ct)
    {
        var stream = new NetworkStream(await _listener.AcceptSocketAsync(ct), ownsSocket: true);
        await ZmtpFrames.ReadGreetingAsync(stream, ct);
        await stream.WriteAsync(ZmtpFrames.Greeting(), ct);
        Assert.Null(await ZmtpFrames.ReadMessageAsync(stream, ct));
        var subscription = await ZmtpFrames.ReadMessageAsync(stream, ct);
        Assert.Equal((byte[])[1, .. "hashblock"u8], Assert.Single(subscription!));
        await stream.WriteAsync((byte[])[4, 25, 5, .. "READY"u8, 11, .. "Socket-Type"u8, 0, 0, 0, 3, .. "PUB"u8], ct);
        return stream;
    }

    private static byte[] Announcement(string topic) =>
        [1, (byte)topic.Length, .. System.Text.Encoding.ASCII.GetBytes(topic), 1, 32, .. new byte[32], 0, 4, 1, 0, 0, 0];

    [Fact]
    public async Task Connecting_and_block_ids_signal_and_other_topics_do_not()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var signal = Start();
        await using var publisher = await AcceptAsync(ct);
        Assert.True(await signal.WaitAsync(Patience, ct));
        Assert.Null(signal.Fault);
        await publisher.WriteAsync(Announcement("hashblock"), ct);
        Assert.True(await signal.WaitAsync(Patience, ct));
        await publisher.WriteAsync(Announcement("hashtx"), ct);
        Assert.False(await signal.WaitAsync(TimeSpan.FromMilliseconds(200), ct));
    }

    [Fact]
    public async Task A_lost_connection_is_made_again_and_signals()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var signal = Start();
        await using (await AcceptAsync(ct))
        {
            Assert.True(await signal.WaitAsync(Patience, ct));
        }

        await using var again = await AcceptAsync(ct);
        Assert.True(await signal.WaitAsync(Patience, ct));
    }

    [Theory]
    [InlineData("no publisher at all, just some server that talks a lot, of whatever it likes")]
    [InlineData("\u00ff")]
    public async Task What_is_no_publisher_is_told(string greeting)
    {
        var ct = TestContext.Current.CancellationToken;
        await using var signal = Start();
        using (var socket = await _listener.AcceptSocketAsync(ct))
        {
            await socket.SendAsync(System.Text.Encoding.Latin1.GetBytes(greeting), ct);
            socket.Shutdown(SocketShutdown.Send);
            Assert.False(await signal.WaitAsync(TimeSpan.FromMilliseconds(200), ct));
        }

        while (signal.Fault is null or "not connected yet")
        {
            await Task.Delay(20, ct);
        }
    }

    [Fact]
    public async Task Frames_without_end_are_not_read()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var signal = Start();
        await using var publisher = await AcceptAsync(ct);
        await publisher.WriteAsync((byte[])[2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], ct);
        while (signal.Fault?.Contains("more than block ids", StringComparison.Ordinal) != true)
        {
            await Task.Delay(20, ct);
        }
    }

    [Fact]
    public void Endpoints_of_other_kinds_are_refused() =>
        Assert.Throws<FormatException>(() => ZmqTipSignal.Start(new Uri("ipc:///tmp/x"), TimeProvider.System));
}
