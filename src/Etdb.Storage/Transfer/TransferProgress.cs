namespace Etdb.Storage.Transfer;

/// <summary>How far a backup, restore, export or import is.</summary>
/// <param name="Step">What is being done, for people: <c>copying grains.db</c>.</param>
/// <param name="Bytes">Bytes done in this step.</param>
/// <param name="Total">Bytes there are to do in it; null when that is not known before.</param>
public sealed record TransferProgress(string Step, long Bytes, long? Total);
