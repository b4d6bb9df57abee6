namespace Orleans.Runtime;

/// <summary>FNV-1a over UTF-16 units: equal in every process, so that a seeded run never depends on .NET's randomised string hashes.</summary>
internal static class StableHash
{
    public static int Of(string value)
    {
        var hash = 2166136261u;
        foreach (var unit in value)
        {
            hash = (hash ^ unit) * 16777619u;
        }

        return (int)(hash ^ (hash >> 15));
    }
}
