using System.Buffers.Binary;

namespace Etdb.Ledger.Flo.Scripts;

/// <summary>Steps through a script's operations; pushed bytes are slices of the script.</summary>
internal ref struct ScriptReader(ReadOnlySpan<byte> script)
{
    /// <summary>Most bytes one push may carry to be executed.</summary>
    public const int MaxPushBytes = 520;

    private readonly ReadOnlySpan<byte> _script = script;

    /// <summary>Where the next operation begins.</summary>
    public int Position { get; private set; }

    public readonly bool AtEnd => Position >= _script.Length;

    /// <summary>Reads one operation; false when a push runs past the end.</summary>
    public bool TryRead(out byte operation, out ReadOnlySpan<byte> pushed)
    {
        pushed = default;
        operation = _script[Position++];
        if (operation > FloScript.OpPushData4)
        {
            return true;
        }

        var rest = _script[Position..];
        var prefix = operation < FloScript.OpPushData1 ? 0 : 1 << (operation - FloScript.OpPushData1);
        if (rest.Length < prefix)
        {
            Position = _script.Length;
            return false;
        }

        var length = prefix switch
        {
            0 => operation,
            1 => rest[0],
            2 => BinaryPrimitives.ReadUInt16LittleEndian(rest),
            _ => BinaryPrimitives.ReadUInt32LittleEndian(rest),
        };
        if (length > rest.Length - prefix)
        {
            Position = _script.Length;
            return false;
        }

        pushed = rest.Slice(prefix, (int)length);
        Position += prefix + (int)length;
        return true;
    }
}
