namespace Etdb.Ipfs.Node.Store;

/// <summary>One record of a segment as its index names it.</summary>
internal readonly record struct SegmentEntry(BlockKey Key, long Offset, int Length, RecordState State);
