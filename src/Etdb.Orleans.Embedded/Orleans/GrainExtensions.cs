using System.Globalization;
using Etdb.Orleans.Embedded.Engine;
using Orleans.Runtime;

namespace Orleans;

/// <summary>Keys and references of grains.</summary>
public static class GrainExtensions
{
    /// <summary>A reference to <paramref name="grain"/> by one of its interfaces.</summary>
    public static TGrainInterface AsReference<TGrainInterface>(this IAddressable grain) => grain switch
    {
        GrainReference reference => reference.Cast<TGrainInterface>(),
        IGrainBase instance => Activation.Of(instance).GrainReference.Cast<TGrainInterface>(),
        _ => throw NotAGrain(grain),
    };

    /// <summary>The same grain by another of its interfaces.</summary>
    public static TGrainInterface Cast<TGrainInterface>(this IAddressable grain) => grain.AsReference<TGrainInterface>();

    /// <summary>The grain's id.</summary>
    public static GrainId GetGrainId(this IAddressable grain) => grain switch
    {
        GrainReference reference => reference.GrainId,
        IGrainBase instance => instance.GrainContext.GrainId,
        _ => throw NotAGrain(grain),
    };

    /// <summary>The key of a grain named by a string.</summary>
    public static string GetPrimaryKeyString(this IAddressable grain) => grain.GetGrainId().Key.ToString()!;

    /// <summary>The key of a grain named by a number.</summary>
    public static long GetPrimaryKeyLong(this IAddressable grain) => grain.GetPrimaryKeyLong(out _);

    /// <summary>The key of a grain named by a number and a string.</summary>
    public static long GetPrimaryKeyLong(this IAddressable grain, out string? keyExt)
    {
        var key = GrainKey.Split(grain.GetGrainId().Key, out keyExt);
        return long.TryParse(key, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new InvalidOperationException($"Grain {grain.GetGrainId()} is not named by a number.");
    }

    /// <summary>The key of a grain named by a GUID.</summary>
    public static Guid GetPrimaryKey(this IAddressable grain) => grain.GetPrimaryKey(out _);

    /// <summary>The key of a grain named by a GUID and a string.</summary>
    public static Guid GetPrimaryKey(this IAddressable grain, out string? keyExt)
    {
        var key = GrainKey.Split(grain.GetGrainId().Key, out keyExt);
        return Guid.TryParseExact(key, "N", out var value)
            ? value
            : throw new InvalidOperationException($"Grain {grain.GetGrainId()} is not named by a GUID.");
    }

    private static ArgumentException NotAGrain(IAddressable grain) =>
        new($"{grain?.GetType().ToString() ?? "null"} is neither a grain nor a reference to one.", nameof(grain));
}
