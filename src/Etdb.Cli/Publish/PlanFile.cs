using System.Text.Json;
using Etdb.Ledger.Publishing.Records;

namespace Etdb.Cli.Publish;

/// <summary>
/// A publication on the lab's disk before anything of it is sent. Whoever is killed in the middle sends the very same transactions again, so a
/// record can neither be lost nor appear twice.
/// </summary>
internal sealed record PlanFile(string Title, string Root, PublicationPlan Plan)
{
    public static PlanFile? Read(string path) => File.Exists(path) ? JsonSerializer.Deserialize<PlanFile>(File.ReadAllBytes(path)) : null;

    /// <summary>On disk, whole and flushed, when it returns.</summary>
    public void Write(string path)
    {
        var temporary = path + ".new";
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            JsonSerializer.Serialize(file, this);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }
}
