using System.Text;

namespace Etdb.Storage.Transfer;

/// <summary>
/// A mark in a data folder while a restore exchanges its files: some are gone by then, some not yet there, and a silo that started in between would begin an empty cluster.
/// </summary>
public static class UnfinishedRestore
{
    private const string Name = "restore.unfinished";

    /// <summary>What is to be done about a restore that was cut short there, for people; null when there was none.</summary>
    public static string? Look(string folder) => File.Exists(Path.Combine(folder, Name))
        ? $"A restore into '{folder}' was cut short. Stop the silo and restore again (etdb restore --from {File.ReadAllText(Path.Combine(folder, Name))}); what was there before lies in the oldest 'replaced-…' beside it."
        : null;

    /// <summary>Sets the mark; it is on the disk when this returns.</summary>
    internal static void Begin(string folder, string backup) => DurableFiles.Write(Path.Combine(folder, Name), Encoding.UTF8.GetBytes(backup));

    /// <summary>All files are in their places: makes that durable, then takes the mark away.</summary>
    internal static void End(string folder)
    {
        FolderSync.Sync(folder);
        File.Delete(Path.Combine(folder, Name));
        FolderSync.Sync(folder);
    }
}
