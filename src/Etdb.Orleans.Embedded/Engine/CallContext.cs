using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Etdb.Orleans.Embedded.Engine;

/// <summary>What travels with a call: immutable, so that handing it on is a pointer copy and a callee can never change its caller's.</summary>
internal sealed record CallContext(Guid ReentrancyId, ImmutableDictionary<string, object> Values)
{
    private static readonly AsyncLocal<CallContext?> Ambient = new();
    private static readonly CallContext Empty = new(Guid.Empty, ImmutableDictionary.Create<string, object>(StringComparer.Ordinal));
    private static long s_lastSection;

    public static CallContext? Current
    {
        get => Ambient.Value;
        set => Ambient.Value = value;
    }

    public static CallContext? With(Guid reentrancyId) => Normalise((Current ?? Empty) with { ReentrancyId = reentrancyId });

    public static CallContext? With(string key, object value)
    {
        var current = Current ?? Empty;
        return current with { Values = current.Values.SetItem(key, value) };
    }

    public static CallContext? Without(string key)
    {
        var current = Current ?? Empty;
        return Normalise(current with { Values = current.Values.Remove(key) });
    }

    /// <summary>Unique in the process, and the same in every run of a seeded program: a counter, not a random number.</summary>
    public static Guid NextReentrancyId()
    {
        Span<long> parts = [0x4564_7462_0000_0000, Interlocked.Increment(ref s_lastSection)];
        return MemoryMarshal.Read<Guid>(MemoryMarshal.AsBytes(parts));
    }

    private static CallContext? Normalise(CallContext context) =>
        context.ReentrancyId == Guid.Empty && context.Values.IsEmpty ? null : context;
}
