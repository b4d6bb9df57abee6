using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Etdb.Ledger.Flo.Notify;
using Etdb.Ledger.Flo.Rpc;

namespace Etdb.Ledger.Tests.Flo;

/// <summary>The listener to fcoin's websocket against nodes that behave and do not. (fcoin itself: the integration tests.)</summary>
public sealed class BsockTipSignalTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public BsockTipSignalTests() => _listener.Start();

    public void Dispose() => _listener.Dispose();

    private BsockTipSignal Start() => BsockTipSignal.Start(
        new FloRpcOptions { Endpoint = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/"), Password = new RpcPassword("k\"ey") }, TimeProvider.System);

    [Fact]
    public async Task Connecting_and_events_of_the_chain_signal_and_others_do_not()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var signal = Start();
        using var node = await AcceptAsync(ct);
        await ServeAsync(node, ct);
        Assert.True(await signal.WaitAsync(Patience, ct));
        Assert.Null(signal.Fault);

        await SendAsync(node, "451-[\"chain connect\",{\"_placeholder\":true,\"num\":0}]", ct);
        await node.SendAsync(new byte[] { 4, 1, 2, 3 }, WebSocketMessageType.Binary, endOfMessage: true, ct);
        Assert.True(await signal.WaitAsync(Patience, ct));
        await SendAsync(node, "42[\"tx\",\"00\"]", ct);
        await SendAsync(node, "3", ct);
        Assert.False(await signal.WaitAsync(TimeSpan.FromMilliseconds(200), ct));
        await SendAsync(node, "42[\"chain reset\"]", ct);
        Assert.True(await signal.WaitAsync(Patience, ct));
    }

    [Fact]
    public async Task A_lost_connection_is_made_again_and_signals()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var signal = Start();
        using (var node = await AcceptAsync(ct))
        {
            await ServeAsync(node, ct);
            Assert.True(await signal.WaitAsync(Patience, ct));
        }

        using var again = await AcceptAsync(ct);
        await ServeAsync(again, ct);
        Assert.True(await signal.WaitAsync(Patience, ct));
    }

    [Theory]
    [InlineData("430[{\"message\":\"Invalid API key.\",\"name\":\"Error\"}]", "refuses")]
    [InlineData("44{\"message\":\"Something broke.\"}", "refuses")]
    [InlineData("hello", "no bsock")]
    [InlineData("42{}", "without a name")]
    [InlineData("42[\"a", "not JSON")]
    [InlineData("431234567890[]", "numbers calls")]
    [InlineData(null, "more than events")]
    public async Task A_node_that_refuses_or_speaks_something_else_is_named(string? says, string why)
    {
        var ct = TestContext.Current.CancellationToken;
        await using var signal = Start();
        using var node = await AcceptAsync(ct);
        await SendAsync(node, "0{}", ct);
        await SendAsync(node, "40", ct);
        Assert.Equal("420[\"auth\",\"k\\u0022ey\"]", await ReceiveAsync(node, ct));
        await SendAsync(node, says ?? "42[\"" + new string('x', 70_000) + "\"]", ct);
        using var again = await AcceptAsync(ct);
        Assert.Contains(why, signal.Fault, StringComparison.Ordinal);
        Assert.False(await signal.WaitAsync(TimeSpan.FromMilliseconds(1), ct));
    }

    [Fact]
    public void Whatever_comes_is_read_or_refused()
    {
        var random = new Random(5);
        string[] seeds = ["451-[\"chain connect\",{\"_placeholder\":true,\"num\":0}]", "430[null]", "40", "0{\"sid\":\"0\"}", "44{\"message\":\"no\"}", "42/x,7[\"tx\"]"];
        for (var i = 0; i < 20_000; i++)
        {
            var message = Encoding.UTF8.GetBytes(seeds[random.Next(seeds.Length)])[..];
            for (var changes = random.Next(4); changes > 0; changes--)
            {
                message[random.Next(message.Length)] = (byte)random.Next(256);
            }

            try
            {
                _ = BsockPacket.Read(message.AsSpan(0, random.Next(message.Length + 1)));
            }
            catch (FormatException)
            {
                // Refused, which is an answer.
            }
        }
    }

    /// <summary>Takes a connection through the upgrade of RFC 6455.</summary>
    private async Task<WebSocket> AcceptAsync(CancellationToken ct)
    {
        var stream = new NetworkStream(await _listener.AcceptSocketAsync(ct), ownsSocket: true);
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await stream.ReadExactlyAsync(one, ct);
            head.Append((char)one[0]);
        }

        var lines = head.ToString().Split("\r\n");
        Assert.StartsWith("GET /socket.io/?transport=websocket ", lines[0], StringComparison.Ordinal);
        var key = lines.First(l => l.StartsWith("Sec-WebSocket-Key:", StringComparison.OrdinalIgnoreCase)).Split(':', 2)[1].Trim();
#pragma warning disable CA5350 // what the protocol demands; nothing rests on it
        var accept = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
#pragma warning restore CA5350
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes($"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"), ct);
        return WebSocket.CreateFromStream(stream, new WebSocketCreationOptions { IsServer = true });
    }

    /// <summary>Greets, and answers both calls; with what a node may say in between.</summary>
    private static async Task ServeAsync(WebSocket node, CancellationToken ct)
    {
        await SendAsync(node, "0{\"sid\":\"00000000000000000000\",\"upgrades\":[],\"pingInterval\":25000,\"pingTimeout\":60000}", ct);
        await SendAsync(node, "40", ct);
        await SendAsync(node, "42[\"version\",{\"version\":\"1.2.3\"}]", ct);
        Assert.Equal("420[\"auth\",\"k\\u0022ey\"]", await ReceiveAsync(node, ct));
        await SendAsync(node, "430[null,null]", ct);
        Assert.Equal("421[\"watch chain\"]", await ReceiveAsync(node, ct));
        await SendAsync(node, "431[null,null]", ct);
    }

    private static Task SendAsync(WebSocket node, string text, CancellationToken ct) =>
        node.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, ct);

    private static async Task<string> ReceiveAsync(WebSocket node, CancellationToken ct)
    {
        var buffer = new byte[1000];
        var got = await node.ReceiveAsync(buffer, ct);
        return Encoding.UTF8.GetString(buffer.AsSpan(0, got.Count));
    }
}
