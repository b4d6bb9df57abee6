namespace Etdb.Storage.Evidence;

/// <summary>Reads the evidence log as it was chained.</summary>
public interface IEvidenceReader
{
    /// <summary>Entries after a position (0: all), oldest first; for <see cref="Domain.Audit.EvidenceChain.Verify"/>, pages and export.</summary>
    IAsyncEnumerable<Domain.Audit.EvidenceEntry> ReadAsync(long after, CancellationToken cancellationToken);

    /// <summary>Where the log ends now: who reads it from afar knows by this that nothing was left out at the end.</summary>
    Task<Domain.Audit.EvidenceHead> HeadAsync(CancellationToken cancellationToken);

    /// <summary>The calls among them (<see cref="Domain.Audit.EvidenceKind.Call"/>), without looking at what lies between.</summary>
    IAsyncEnumerable<Domain.Audit.EvidenceEntry> CallsAsync(long after, CancellationToken cancellationToken);
}
