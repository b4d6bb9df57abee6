using System.Text;

namespace Etdb.Ledger.Oip;

/// <summary>A text kept as its UTF-8 bytes, half the memory of a string and ready to be stored; equal when the bytes are. Immutable: the bytes given to it must not change.</summary>
public sealed class Utf8Text(ReadOnlyMemory<byte> utf8) : IEquatable<Utf8Text>
{
    /// <summary>The bytes.</summary>
    public ReadOnlyMemory<byte> Bytes { get; } = utf8;

    /// <inheritdoc/>
    public bool Equals(Utf8Text? other) => other is not null && Bytes.Span.SequenceEqual(other.Bytes.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Utf8Text);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(Bytes.Span);
        return hash.ToHashCode();
    }

    /// <summary>The text as a string, made anew each time.</summary>
    public override string ToString() => Encoding.UTF8.GetString(Bytes.Span);
}
