namespace Etdb.Storage.Grains;

/// <summary>Lists which grains have a stored state, for rebuilding the catalogue from them.</summary>
public interface IGrainStateReader
{
    /// <summary>Ids (type/key) that begin with <paramref name="prefix"/>, after <paramref name="after"/> (null: from the first), in order; at most <paramref name="limit"/>.</summary>
    Task<IReadOnlyList<string>> ListAsync(string prefix, string? after, int limit, CancellationToken cancellationToken);
}
