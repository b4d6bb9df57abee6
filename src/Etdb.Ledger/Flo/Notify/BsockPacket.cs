using System.Text;
using System.Text.Json;

namespace Etdb.Ledger.Flo.Notify;

/// <summary>What a message of the node says.</summary>
internal enum BsockKind
{
    /// <summary>Nothing we wait for: handshake, pong, attachment of an event.</summary>
    Other = 0,

    /// <summary>The connection stands.</summary>
    Connected = 1,

    /// <summary>A call was carried out.</summary>
    Answered = 2,

    /// <summary>A call was refused.</summary>
    Refused = 3,

    /// <summary>Something happened; its name is told.</summary>
    Event = 4,
}

/// <summary>
/// What a listener needs of bsock 0.1, the websocket protocol of fcoin and bcoin: socket.io without its handshake by HTTP. A text message is a digit of engine.io (4: message), a
/// digit of socket.io (0 connect, 2 event, 3 answer, 4 error, 5 and 6 event and answer with attachments), for these the number of attachments and a hyphen, the id of a call, and JSON.
/// </summary>
/// <param name="Kind">What it is.</param>
/// <param name="Id">Id of the call that was answered; -1 for none.</param>
/// <param name="Text">Name of the event, or why a call was refused.</param>
internal readonly record struct BsockPacket(BsockKind Kind, int Id, string Text)
{
    private const int MostIdDigits = 9;
    private const int MostTextChars = 200;

    /// <summary>Where the node speaks it.</summary>
    public const string Path = "/socket.io/?transport=websocket";

    /// <summary>A call with strings as arguments.</summary>
    public static byte[] Call(int id, params string[] arguments) =>
        Encoding.UTF8.GetBytes(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"42{id}") + JsonSerializer.Serialize(arguments));

    /// <summary>Reads a text message.</summary>
    /// <exception cref="FormatException">It is no message of bsock.</exception>
    public static BsockPacket Read(ReadOnlySpan<byte> message)
    {
        if (message.IsEmpty || message[0] is < (byte)'0' or > (byte)'6')
        {
            throw new FormatException("the other side speaks no bsock");
        }

        if (message is not [(byte)'4', var type, .. var rest])
        {
            return new BsockPacket(BsockKind.Other, -1, "");
        }

        if (type is (byte)'5' or (byte)'6')
        {
            rest = rest[(rest.IndexOf((byte)'-') + 1)..];
        }

        var id = TakeId(ref rest);
        return type switch
        {
            (byte)'0' => new BsockPacket(BsockKind.Connected, id, ""),
            (byte)'2' or (byte)'5' => new BsockPacket(BsockKind.Event, id, FirstString(rest)),
            (byte)'3' or (byte)'6' when !IsRefusal(rest) => new BsockPacket(BsockKind.Answered, id, ""),
            (byte)'3' or (byte)'4' or (byte)'6' => new BsockPacket(BsockKind.Refused, id, Encoding.UTF8.GetString(rest[..Math.Min(rest.Length, MostTextChars)])),
            _ => new BsockPacket(BsockKind.Other, id, ""),
        };
    }

    private static int TakeId(ref ReadOnlySpan<byte> rest)
    {
        var digits = 0;
        var id = 0;
        for (; digits < rest.Length && rest[digits] is >= (byte)'0' and <= (byte)'9'; digits++)
        {
            if (digits == MostIdDigits)
            {
                throw new FormatException("the other side numbers calls nobody made");
            }

            id = (id * 10) + rest[digits] - '0';
        }

        rest = rest[digits..];
        return digits == 0 ? -1 : id;
    }

    /// <summary>An answer is an array of the error and the result: refused when the first is something.</summary>
    private static bool IsRefusal(ReadOnlySpan<byte> json) => json.Length > 1 && !json.StartsWith("[]"u8) && !json.StartsWith("[null"u8);

    /// <summary>The name of an event: the first entry of an array.</summary>
    private static string FirstString(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        try
        {
            return reader.Read() && reader.TokenType == JsonTokenType.StartArray && reader.Read() && reader.TokenType == JsonTokenType.String ? reader.GetString()!
                : throw new FormatException("the other side sends an event without a name");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FormatException("the other side sends an event that is not JSON", e);
        }
    }
}
