using System.Diagnostics.CodeAnalysis;

namespace Etdb.Ledger.Flo.Scripts;

/// <summary>The <c>m key… n CHECKMULTISIG</c> form.</summary>
internal static class MultiSignatureScript
{
    /// <summary>Most keys this form can name with a one-byte count.</summary>
    public const int MaxKeys = 16;

    public static byte[] Create(int required, IReadOnlyList<byte[]> keys)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(keys.Count, MaxKeys, nameof(keys));
        ArgumentOutOfRangeException.ThrowIfLessThan(required, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(required, keys.Count);
        return [Small(required), .. keys.SelectMany(k => FloScript.Push(k)), Small(keys.Count), FloScript.OpCheckMultiSig];
    }

    public static bool TryParse(ReadOnlySpan<byte> script, out int required, [NotNullWhen(true)] out List<byte[]>? keys)
    {
        required = 0;
        keys = null;
        if (script.Length < 3 + 34 || script[^1] != FloScript.OpCheckMultiSig || !IsSmall(script[0]) || !IsSmall(script[^2]))
        {
            return false;
        }

        var found = new List<byte[]>();
        var reader = new ScriptReader(script[1..^2]);
        while (!reader.AtEnd)
        {
            if (!reader.TryRead(out _, out var pushed) || pushed.Length is not (33 or 65) || found.Count == MaxKeys)
            {
                return false;
            }

            found.Add(pushed.ToArray());
        }

        required = script[0] - FloScript.Op1 + 1;
        keys = found;
        return found.Count == script[^2] - FloScript.Op1 + 1 && required <= found.Count;
    }

    private static bool IsSmall(byte operation) => operation is >= FloScript.Op1 and <= FloScript.Op16;

    private static byte Small(int number) => (byte)(FloScript.Op1 + number - 1);
}
