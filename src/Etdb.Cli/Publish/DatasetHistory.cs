using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
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
    /// <summary>Nothing is on its way, so no coin is promised. Comes first in the file: with thousands of them that is all that is read of most.</summary>
    [JsonPropertyOrder(-1)]
    public bool IsQuiet => Earlier.Count == 0 && Journal is not { IsSettled: false };

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

    /// <summary>Publications before that one which are accepted and not final yet: looked after until they are.</summary>
    public IReadOnlyList<PublicationJournal> Earlier { get; init; } = [];

    /// <summary>What was signed last for a publication that was given up; the next one takes a coin from it.</summary>
    public PublicationIssue? GivenUp { get; init; }

    /// <summary>Unix milliseconds of the last thing said: whatever the clock does, what is said later has a later time.</summary>
    public long SaidAt { get; init; }

    /// <summary>The history with a new publication on its way; one before it that is not final is not forgotten.</summary>
    public DatasetHistory Begin(PublicationJournal journal, long saidAt) => (this with
    {
        Earlier = Journal is { IsSettled: false, Current: not null } ? [.. Earlier, Journal] : Earlier,
        GivenUp = null,
        SaidAt = saidAt,
    }).With(journal with { Instead = GivenUp ?? (Journal is { Stage: PublicationStage.Failed } failed ? failed.Current : null) });

    /// <summary>The history without the publication on its way. A record that was never in the ledger is none; what an edit was to say is said again.</summary>
    public DatasetHistory Forget(PublicationJournal journal)
    {
        var without = this with { Journal = null, GivenUp = journal.Current ?? journal.Instead, Fingerprint = null, IsDeactivated = false };
        return journal.Kind switch
        {
            PublicationKind.Publish => without with { Record = null, Artifact = null },
            PublicationKind.Edit => without with { Artifact = Before ?? Artifact },
            _ => without,
        };
    }

    /// <summary>The history with an earlier publication as it is now.</summary>
    public DatasetHistory WithEarlier(PublicationJournal before, PublicationJournal now) =>
        this with { Earlier = [.. Earlier.Select(j => j == before ? now : j).Where(j => j.Stage != PublicationStage.Final)] };

    /// <summary>The record itself was not final and got another id, or was refused after all: what was said of it later is moot.</summary>
    public DatasetHistory BackTo(PublicationJournal publication) => this with
    {
        Journal = publication,
        Earlier = [],
        Record = publication.RecordTxid,
        Artifact = JsonNode.Parse(publication.Comment.AsSpan("json:".Length))!["oip042"]!["publish"]!["artifact"]!.DeepClone().AsObject(),
        Before = null,
        Fingerprint = null,
        IsDeactivated = false,
    };

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
    public string PathOf(string address, string dataset) => Path.Combine(_folder, NameOf(address, dataset));

    private static string NameOf(string address, string dataset) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{address}\n{dataset}")))[..32] + ".json";

    /// <summary>The history of a dataset folder without opening the state folder; null when there is none.</summary>
    public static DatasetHistory? Peek(string folder, string address, string dataset) =>
        DurableJson.Read<DatasetHistory>(Path.Combine(folder, NameOf(address, dataset)));

    /// <summary>Coins that publications on their way have been promised, the latest of <paramref name="except"/> left out.</summary>
    public IReadOnlySet<OutPoint> Promised(string? except) =>
        Directory.EnumerateFiles(_folder, "*.json")
            .Where(path => !IsQuiet(path))
            .Select(path => (IsLatestFree: path == except, History: DurableJson.Read<DatasetHistory>(path)))
            .SelectMany(h => h.IsLatestFree ? h.History?.Earlier ?? [] : h.History?.Earlier.Append(h.History.Journal) ?? [])
            .Where(journal => journal is { IsSettled: false })
            .SelectMany(journal => journal!.Issues.SelectMany(i => i.Transactions).SelectMany(t => t.Spends))
            .Select(s => new OutPoint(Hash256.Parse(s.Txid), s.Index))
            .ToHashSet();

    public void Dispose() => _guard.Dispose();

    private static bool IsQuiet(string path)
    {
        const int HeadBytes = 32;
        using var file = File.OpenRead(path);
        var head = new byte[HeadBytes];
        var length = file.ReadAtLeast(head, HeadBytes, throwOnEndOfStream: false);
        return head.AsSpan(0, length).IndexOf("\"IsQuiet\": true"u8) >= 0;
    }
}
