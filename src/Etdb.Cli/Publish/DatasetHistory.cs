using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Etdb.Cli.CommandLine;
using Etdb.Ledger.Flo.Wire;
using Etdb.Ledger.Publishing.Pipeline;

namespace Etdb.Cli.Publish;

/// <summary>
/// What a lab knows of one dataset folder: the record it stands for, what that record says now, and the publication on its way. One file, rewritten whole, so that
/// these never contradict each other.
/// </summary>
internal sealed record DatasetHistory
{
    /// <summary>Publisher.</summary>
    public required string Address { get; init; }

    /// <summary>For people.</summary>
    public required string Folder { get; init; }

    /// <summary>The record of the dataset; null before there is one.</summary>
    public string? Record { get; init; }

    /// <summary>The signed artifact that holds, or will once the publication on its way is in the ledger.</summary>
    public JsonObject? Artifact { get; init; }

    /// <summary>What held before the edit on its way.</summary>
    public JsonObject? Before { get; init; }

    /// <summary>Root of the files the artifact names.</summary>
    public string? Root { get; init; }

    /// <summary>State of the folder the artifact was made from; null when it has to be looked at anew.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>The owner withdrew the record.</summary>
    public bool IsDeactivated { get; init; }

    /// <summary>The latest publication, on its way or settled.</summary>
    public PublicationJournal? Journal { get; init; }

    /// <summary>Something is on its way.</summary>
    public bool IsBusy => Journal is { IsSettled: false };

    /// <summary>The history with the journal as it is now. The id of a new record may change with a new issue.</summary>
    public DatasetHistory With(PublicationJournal journal) =>
        this with { Journal = journal, Record = journal.Kind is PublicationKind.Publish ? journal.RecordTxid ?? Record : Record };

    /// <summary>Names, sizes and times of all files: the same state has the same text.</summary>
    public static string FingerprintOf(string folder)
    {
        var text = new StringBuilder();
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(f => new FileInfo(f)))
        {
            text.Append(Path.GetRelativePath(folder, file.FullName)).Append('\n').Append(file.Length).Append(' ').Append(file.LastWriteTimeUtc.Ticks).Append('\n');
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}

/// <summary>The folder that holds a lab's histories. One process at a time works in it.</summary>
internal sealed class PublishState : IDisposable
{
    private readonly string _folder;
    private readonly FileStream _guard;

    private PublishState(string folder, FileStream guard) => (_folder, _guard) = (folder, guard);

    /// <summary>Opens the folder, making it when it is not there.</summary>
    /// <exception cref="CliException">Another process works in it.</exception>
    public static PublishState Open(string folder)
    {
        Directory.CreateDirectory(folder);
        try
        {
            return new PublishState(folder, new FileStream(Path.Combine(folder, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException e)
        {
            throw new CliException($"another etdb publish works with {folder}; wait for it, or give another folder with --state. ({e.Message})", e) { ExitCode = CliExit.No };
        }
    }

    /// <summary>Where the history of a dataset folder is kept.</summary>
    public string PathOf(string address, string dataset) =>
        Path.Combine(_folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{address}\n{dataset}")))[..32] + ".json");

    /// <summary>Coins that publications on their way, other than the one given, have been promised.</summary>
    public IReadOnlySet<OutPoint> Promised(string except) =>
        Directory.EnumerateFiles(_folder, "*.json")
            .Where(path => path != except)
            .Select(path => DurableJson.Read<DatasetHistory>(path)?.Journal)
            .Where(journal => journal is { IsSettled: false })
            .SelectMany(journal => journal!.Issues.SelectMany(i => i.Transactions).SelectMany(t => t.Spends))
            .Select(s => new OutPoint(Hash256.Parse(s.Txid), s.Index))
            .ToHashSet();

    public void Dispose() => _guard.Dispose();
}
