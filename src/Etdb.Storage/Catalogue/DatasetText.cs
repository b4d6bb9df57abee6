using System.Text;
using System.Text.Json;

namespace Etdb.Storage.Catalogue;

/// <summary>The words of an artifact that people search by. Unreadable JSON gives no words: the catalogue is a view, the ledger keeps the record.</summary>
public readonly record struct DatasetText(string Species, string Words)
{
    private const int MostCharacters = 64 * 1024;

    /// <summary>Species (trimmed) and every text value of <c>info</c> and <c>details</c>, at most 64 Ki characters.</summary>
    public static DatasetText Of(string artifactJson)
    {
        try
        {
            using var document = JsonDocument.Parse(artifactJson);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                return new("", "");
            }

            var words = new StringBuilder();
            var species = "";
            foreach (var section in document.RootElement.EnumerateObject())
            {
                if (section.Name is not ("info" or "details") || section.Value.ValueKind != JsonValueKind.Object)
                {
                    continue;
                }

                foreach (var field in section.Value.EnumerateObject().Where(f => f.Value.ValueKind == JsonValueKind.String))
                {
                    var text = field.Value.GetString()!.Trim();
                    species = field.NameEquals("speciesName") ? text : species;
                    words.Append(text.AsSpan(0, Math.Min(text.Length, Math.Max(0, MostCharacters - words.Length)))).Append('\n');
                }
            }

            return new(species, words.ToString());
        }
        catch (JsonException)
        {
            return new("", "");
        }
    }
}
