using System.Net.WebSockets;
using Etdb.Ledger.Flo.Rpc;

namespace Etdb.Ledger.Flo.Notify;

/// <summary>
/// Listens to the chain of an fcoin node by the websocket it has at the address of its JSON-RPC, with the same key. What it says of a block is not read: that there is something
/// is enough. Connects again as <see cref="SignalLoop"/> does.
/// </summary>
public sealed class BsockTipSignal : ITipSignal, IAsyncDisposable
{
    /// <summary>Longest message that is read. Events of the chain hold a header and, without a filter, no transactions.</summary>
    private const int MaxMessageBytes = 64 << 10;

    private const int Authorize = 0;
    private const int WatchChain = 1;

    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(10);

    /// <summary>A connection that is silent is asked for a sign of life.</summary>
    private static readonly TimeSpan PingAfter = TimeSpan.FromSeconds(20);

    private readonly Uri _endpoint;
    private readonly RpcPassword? _key;
    private readonly TimeProvider _time;
    private readonly SignalLoop _loop;

    private BsockTipSignal(FloRpcOptions node, TimeProvider time)
    {
        _endpoint = new Uri(new UriBuilder(node.Endpoint) { Scheme = node.Endpoint.Scheme == Uri.UriSchemeHttps ? Uri.UriSchemeWss : Uri.UriSchemeWs }.Uri, BsockPacket.Path);
        (_key, _time) = (node.Password, time);
        _loop = new SignalLoop(_endpoint, time, ListenOnceAsync);
    }

    /// <summary>What went wrong last; null while connected.</summary>
    public string? Fault => _loop.Fault;

    /// <summary>Starts to listen to the node that is spoken to by these options; its password is fcoin's API key.</summary>
    public static BsockTipSignal Start(FloRpcOptions node, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(node);
        ArgumentNullException.ThrowIfNull(time);
        return new BsockTipSignal(node, time);
    }

    /// <inheritdoc/>
    public Task<bool> WaitAsync(TimeSpan atMost, CancellationToken cancellationToken) => _loop.WaitAsync(atMost, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _loop.DisposeAsync();

    private async Task ListenOnceAsync(SignalLoop loop, CancellationToken cancellationToken)
    {
        using var socket = new ClientWebSocket();
        socket.Options.Proxy = null;
        socket.Options.KeepAliveInterval = PingAfter;
        socket.Options.KeepAliveTimeout = PingAfter;
        var buffer = new byte[MaxMessageBytes];
        await SubscribeAsync(socket, buffer, cancellationToken).ConfigureAwait(false);
        loop.Connected();
        while (true)
        {
            if (await ReadAsync(socket, buffer, cancellationToken).ConfigureAwait(false) is { Kind: BsockKind.Event, Text: "chain connect" or "chain disconnect" or "chain reset" })
            {
                loop.Announce();
            }
        }
    }

    private async Task SubscribeAsync(ClientWebSocket socket, byte[] buffer, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(ConnectLimit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        await socket.ConnectAsync(_endpoint, either.Token).ConfigureAwait(false);
        while (await ReadAsync(socket, buffer, either.Token).ConfigureAwait(false) is not { Kind: BsockKind.Connected })
        {
            // The handshake comes first; its intervals are those of a client that pings by itself.
        }

        await CallAsync(socket, buffer, BsockPacket.Call(Authorize, "auth", _key?.Value ?? ""), Authorize, either.Token).ConfigureAwait(false);
        await CallAsync(socket, buffer, BsockPacket.Call(WatchChain, "watch chain"), WatchChain, either.Token).ConfigureAwait(false);
    }

    private static async Task CallAsync(ClientWebSocket socket, byte[] buffer, byte[] call, int id, CancellationToken cancellationToken)
    {
        await socket.SendAsync(call, WebSocketMessageType.Text, endOfMessage: true, cancellationToken).ConfigureAwait(false);
        while (true)
        {
            switch (await ReadAsync(socket, buffer, cancellationToken).ConfigureAwait(false))
            {
                case { Kind: BsockKind.Answered } answer when answer.Id == id:
                    return;
                case { Kind: BsockKind.Refused } refusal:
                    throw new FormatException($"the node refuses: {refusal.Text}");
            }
        }
    }

    /// <summary>Reads one message; attachments, which are binary, are nothing to us.</summary>
    private static async Task<BsockPacket> ReadAsync(ClientWebSocket socket, byte[] buffer, CancellationToken cancellationToken)
    {
        for (var length = 0; ;)
        {
            var part = await socket.ReceiveAsync(buffer.AsMemory(length), cancellationToken).ConfigureAwait(false);
            length += part.Count;
            if (part.MessageType == WebSocketMessageType.Close)
            {
                throw new IOException("the node closed the connection");
            }

            if (part.EndOfMessage)
            {
                return part.MessageType == WebSocketMessageType.Text ? BsockPacket.Read(buffer.AsSpan(0, length)) : default;
            }

            if (length == buffer.Length)
            {
                throw new FormatException("the other side sends more than events of a chain");
            }
        }
    }
}
