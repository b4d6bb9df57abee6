using System.Diagnostics.CodeAnalysis;

namespace Orleans.Runtime;

/// <summary>Names a grain: its type and its key. The text form is <c>type/key</c>, the same on both runtimes.</summary>
public readonly struct GrainId : IEquatable<GrainId>, IComparable<GrainId>
{
    public GrainId(GrainType type, IdSpan key)
    {
        Type = type;
        Key = key;
    }

    /// <summary>The class.</summary>
    public GrainType Type { get; }

    /// <summary>The key within the class.</summary>
    public IdSpan Key { get; }

    /// <summary>Nothing.</summary>
    public bool IsDefault => Type.IsDefault && Key.IsDefault;

    public static bool operator ==(GrainId left, GrainId right) => left.Equals(right);

    public static bool operator !=(GrainId left, GrainId right) => !left.Equals(right);

    /// <summary>From its parts.</summary>
    public static GrainId Create(string type, string key) => new(GrainType.Create(type), IdSpan.Create(key));

    /// <inheritdoc cref="Create(string, string)"/>
    public static GrainId Create(GrainType type, string key) => new(type, IdSpan.Create(key));

    /// <inheritdoc cref="Create(string, string)"/>
    public static GrainId Create(GrainType type, IdSpan key) => new(type, key);

    /// <summary>From its text form; throws <see cref="FormatException"/>.</summary>
    public static GrainId Parse(string value) =>
        TryParse(value, out var result) ? result : throw new FormatException($"'{value}' is not a grain id (type/key).");

    /// <summary>From its text form.</summary>
    public static bool TryParse([NotNullWhen(true)] string? value, out GrainId result)
    {
        var slash = value?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        result = slash > 0 ? Create(value![..slash], value[(slash + 1)..]) : default;
        return slash > 0;
    }

    /// <inheritdoc/>
    public bool Equals(GrainId other) => Key.Equals(other.Key) && Type.Equals(other.Type);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is GrainId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => unchecked((Type.GetHashCode() * 31) ^ Key.GetHashCode());

    /// <inheritdoc/>
    public int CompareTo(GrainId other)
    {
        var types = Type.CompareTo(other.Type);
        return types != 0 ? types : Key.CompareTo(other.Key);
    }

    /// <inheritdoc/>
    public override string ToString() => IsDefault ? "" : $"{Type}/{Key}";
}
