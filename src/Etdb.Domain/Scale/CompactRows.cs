using System.Runtime.InteropServices;
using Etdb.Domain.Replication;

namespace Etdb.Domain.Scale;

/// <summary>What is known of a dataset besides its replicas.</summary>
[Flags]
internal enum DatasetFlags : byte
{
    None = 0,
    MayComeFromOutside = 1,
    Pending = 2,
    LeaveAlone = 4,
}

/// <summary>A dataset in 32 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct DatasetRow
{
    public ulong IdHash;
    public long Bytes;
    public uint NeedSinceSeconds;
    public int FirstReplica;
    public byte Policy;
    public DatasetFlags Flags;
    public byte Replicas;
    public byte Capacity;
}

/// <summary>A replica in 16 bytes. Seconds are Unix seconds, good until 2106.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct ReplicaRow
{
    private const int DepthShift = 3;
    private const int HealableBit = 0x20;
    private const int GivenUpBit = 0x40;
    private const int UnderwayBit = 0x80;

    public uint SinceSeconds;
    public uint VerifiedSeconds;
    public uint FullSeconds;
    public ushort Node;

    /// <summary>State in bits 0–2, depth in 3–4, healable in 5, given up in 6, underway in 7.</summary>
    public byte Bits;

    public static ReplicaRow From(ReplicaView view, ushort node)
    {
        var healable = view.Cause is ReplicaCause.BlocksMissing or ReplicaCause.BlocksCorrupt;
        return new ReplicaRow
        {
            Node = node,
            SinceSeconds = Seconds(view.Since),
            VerifiedSeconds = view.LastVerification is { } v ? Seconds(v.At) : 0,
            FullSeconds = view.LastFullVerification is { } f ? Seconds(f.At) : 0,
            Bits = (byte)((int)view.State
                | ((int)(view.LastVerification?.Depth ?? VerificationDepth.None) << DepthShift)
                | (healable ? HealableBit : 0)
                | (view.GivenUp ? GivenUpBit : 0)
                | (view.Underway ? UnderwayBit : 0)),
        };
    }

    public readonly ReplicaFact Unfold(int[] nodeMap) => new(
        nodeMap[Node],
        (ReplicaState)(Bits & 0x7),
        (VerificationDepth)((Bits >> DepthShift) & 0x3),
        SinceSeconds * 1000L,
        VerifiedSeconds * 1000L,
        FullSeconds * 1000L,
        (Bits & HealableBit) != 0,
        (Bits & GivenUpBit) != 0,
        (Bits & UnderwayBit) != 0);

    public static uint Seconds(DateTimeOffset at) => (uint)Math.Clamp(at.ToUnixTimeSeconds(), 0, uint.MaxValue);
}
