using System.Text.Json;

namespace Etdb.Ledger.DevChain.Rpc;

/// <summary>The arguments of one call, by position or by name, read with the types and the complaints of Bitcoin Core.</summary>
internal sealed class RpcArguments
{
    private readonly JsonElement[] _values;

    /// <summary>Takes an array, an object with names, or nothing.</summary>
    public RpcArguments(JsonElement parameters, IReadOnlyList<string> names)
    {
        _values = parameters.ValueKind switch
        {
            JsonValueKind.Array => [.. parameters.EnumerateArray()],
            JsonValueKind.Object => [.. names.Select(n => parameters.TryGetProperty(n, out var value) ? value : default)],
            JsonValueKind.Undefined or JsonValueKind.Null => [],
            _ => throw new RpcError(RpcError.InvalidRequest, "Params must be an array or object"),
        };
    }

    public bool Has(int index) => index < _values.Length && _values[index].ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null);

    public JsonElement Element(int index, string name) =>
        Has(index) ? _values[index] : throw new RpcError(RpcError.Miscellaneous, $"Missing argument {index + 1}: {name}");

    public string Text(int index, string name)
    {
        var element = Element(index, name);
        return element.ValueKind == JsonValueKind.String ? Decode(element, name) : throw new RpcError(RpcError.WrongType, $"{name} must be a string");
    }

    public string? OptionalText(int index, string name) => Has(index) ? Text(index, name) : null;

    public int Number(int index, string name, int? fallback = null)
    {
        if (!Has(index) && fallback is { } value)
        {
            return value;
        }

        var element = Element(index, name);
        return element.ValueKind switch
        {
            JsonValueKind.Number when element.TryGetInt32(out var number) => number,
            JsonValueKind.True => 1,
            JsonValueKind.False => 0,
            _ => throw new RpcError(RpcError.WrongType, $"{name} must be an integer"),
        };
    }

    public bool Flag(int index, string name, bool fallback) => Has(index) ? Number(index, name) != 0 : fallback;

    public Hash256 Hash(int index, string name) =>
        Hash256.TryParse(Text(index, name), out var hash) ? hash : throw new RpcError(RpcError.InvalidParameter, $"{name} must be of length 64 and hexadecimal");

    /// <summary>An amount in FLO, as number or text; satoshi.</summary>
    public static long Amount(JsonElement element, string name)
    {
        try
        {
            var flo = element.ValueKind == JsonValueKind.String ? decimal.Parse(element.GetString()!, System.Globalization.NumberStyles.Float) : element.GetDecimal();
            return Money.FromFlo(flo);
        }
        catch (Exception e) when (e is FormatException or OverflowException or InvalidOperationException)
        {
            throw new RpcError(RpcError.WrongType, $"Invalid amount for {name}");
        }
    }

    public FloAddress Address(int index, FloNetwork network) =>
        FloAddress.TryParse(Text(index, "address"), network, out var address) ? address : throw new RpcError(RpcError.NotFound, "Invalid FLO address");

    public FloTransaction Transaction(int index)
    {
        try
        {
            return FloTransaction.ParseHex(Text(index, "hexstring"));
        }
        catch (FormatException)
        {
            throw new RpcError(RpcError.Deserialization, "TX decode failed");
        }
    }

    public FloBlock Block(int index)
    {
        try
        {
            return FloBlock.ParseHex(Text(index, "hexdata"));
        }
        catch (FormatException)
        {
            throw new RpcError(RpcError.Deserialization, "Block decode failed");
        }
    }

    public byte[] Comment(int index)
    {
        var text = OptionalText(index, "floData") ?? string.Empty;
        return System.Text.Encoding.UTF8.GetBytes(text);
    }

    private static string Decode(JsonElement element, string name)
    {
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new RpcError(RpcError.ParseError, $"{name} is not UTF-8");
        }
    }
}
