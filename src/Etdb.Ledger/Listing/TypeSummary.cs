using System.Text.Json;
using Etdb.Ledger.Searching;

namespace Etdb.Ledger.Listing;

/// <summary>Records of one type in figures.</summary>
/// <param name="Total">Records.</param>
/// <param name="Species">Different species, without regard to case and blanks around.</param>
/// <param name="Publishers">Records of each address.</param>
public sealed record TypeSummary(int Total, int Species, IReadOnlyDictionary<string, int> Publishers)
{
    internal static TypeSummary Of(IEnumerable<ListedVersion> versions)
    {
        var total = 0;
        var species = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var publishers = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var version in versions)
        {
            total++;
            publishers[version.Artifact.Address] = publishers.GetValueOrDefault(version.Artifact.Address) + 1;
            using var document = JsonDocument.Parse(version.Artifact.Json);
            if (QueryDocument.First(document.RootElement, "details.speciesName") is { ValueKind: JsonValueKind.String } name && !string.IsNullOrWhiteSpace(name.GetString()))
            {
                species.Add(name.GetString()!.Trim());
            }
        }

        return new TypeSummary(total, species.Count, publishers);
    }
}
