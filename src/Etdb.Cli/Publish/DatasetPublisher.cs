using System.Text;
using System.Text.Json.Nodes;
using Etdb.Cli.CommandLine;
using Etdb.Ipfs.Import;
using Etdb.Ledger.Flo;
using Etdb.Ledger.Flo.Rpc;
using Etdb.Ledger.Publishing.Pipeline;
using Etdb.Ledger.Publishing.Records;
using Etdb.Ledger.Publishing.Wallet;

namespace Etdb.Cli.Publish;

/// <summary>What the caller asks for beyond "as the folder is".</summary>
internal sealed record PublishWishes
{
    /// <summary>Withdraw the record.</summary>
    public bool Deactivate { get; init; }

    /// <summary>Give up a publication that failed, or publish a withdrawn dataset as a new record.</summary>
    public bool Again { get; init; }

    /// <summary>Confirmations to wait for; 0 for acceptance only.</summary>
    public int Confirmations { get; init; }

    /// <summary>How long to go on trying while the ledger does not take it.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Wait between two looks.</summary>
    public TimeSpan LookEvery { get; init; } = TimeSpan.FromSeconds(3);
}

/// <summary>
/// Makes the ledger say what a dataset folder says: a new record when there is none, an edit when files or description changed, nothing when they did not, a
/// withdrawal on request. What is on its way goes first; everything signed is on disk before it is sent.
/// </summary>
internal sealed class DatasetPublisher(
    LabFiles files, FloRpcClient flo, IPublicationCarrier carrier, IDigestSigner signer, FloNetwork network, PublishingOptions options, PublishState state, TimeProvider time)
{
    private readonly DigestMessageSigner _messages = new(signer, network);

    /// <summary>The publisher.</summary>
    public string Address => _messages.Address;

    /// <summary>The history of a folder, or an empty one.</summary>
    public DatasetHistory Read(string folder) =>
        DurableJson.Read<DatasetHistory>(state.PathOf(Address, folder)) ?? new DatasetHistory { Address = Address, Folder = folder };

    /// <summary>Brings the ledger to what the folder says. True when something was written into the ledger or went on.</summary>
    public async Task<(DatasetHistory History, bool Wrote)> PublishAsync(
        string folder, DatasetManifest manifest, DatasetHistory history, PublishWishes wishes, IProgress<ImportProgress>? progress, CancellationToken ct)
    {
        var wentOn = history.Journal is { Stage: PublicationStage.Sending };
        history = await FinishAsync(folder, history, wishes, ct);
        var next = wishes.Deactivate ? Withdraw(history) : await ChangeAsync(folder, manifest, history, wishes, progress, ct);
        if (next is not null)
        {
            Write(folder, next);
        }

        var wrote = wentOn || (next is not null && next.Journal != history.Journal);
        return (await CarryAsync(folder, next ?? history, wishes, ct), wrote);
    }

    /// <summary>Writes the publisher's name into the ledger.</summary>
    public async Task<DatasetHistory> RegisterAsync(string name, PublishWishes wishes, CancellationToken ct)
    {
        var key = "register:" + name;
        var history = Read(key);
        if (history.Journal is null or { Stage: PublicationStage.Failed })
        {
            var comment = RecordBuilder.RegisterComment(name, time.GetUtcNow().ToUnixTimeMilliseconds(), _messages);
            history = history.With(new PublicationJournal { Kind = PublicationKind.Register, Title = name, Comment = comment });
            Write(key, history);
        }

        return await CarryAsync(key, history, wishes, ct);
    }

    /// <summary>Writes a line that is no record into the ledger, once for each key.</summary>
    public async Task<DatasetHistory> NoteAsync(string key, string title, string line, PublishWishes wishes, CancellationToken ct)
    {
        var history = Read(key);
        var comment = Encoding.UTF8.GetBytes(line);
        if (history.Journal is null or { Stage: PublicationStage.Failed } || !history.Journal.Comment.AsSpan().SequenceEqual(comment))
        {
            history = history.With(new PublicationJournal { Kind = PublicationKind.Note, Title = title, Comment = comment });
            Write(key, history);
        }

        return await CarryAsync(key, history, wishes, ct);
    }

    private async Task<DatasetHistory> FinishAsync(string folder, DatasetHistory history, PublishWishes wishes, CancellationToken ct)
    {
        if (history.Journal is not { Stage: not PublicationStage.Final } journal)
        {
            return history;
        }

        if (wishes.Again && journal.Stage is PublicationStage.Failed or PublicationStage.Sending)
        {
            // The folder is looked at anew. A record that was never in the ledger is none; what an edit was to say is said again.
            return journal.Kind == PublicationKind.Publish
                ? history with { Journal = null, Record = null, Artifact = null, Fingerprint = null }
                : history with { Journal = null, Artifact = history.Before ?? history.Artifact, Fingerprint = null, IsDeactivated = false };
        }

        return await CarryAsync(folder, history, wishes with { Confirmations = 0 }, ct);
    }

    private DatasetHistory? Withdraw(DatasetHistory history)
    {
        if (history.IsDeactivated)
        {
            return null;
        }

        var record = history.Record ?? throw new CliException("there is no record of this folder to withdraw; name one with --record.");
        var comment = RecordBuilder.DeactivateComment(record, time.GetUtcNow().ToUnixTimeSeconds(), _messages);
        return (history with { IsDeactivated = true, Before = history.Artifact })
            .With(new PublicationJournal { Kind = PublicationKind.Deactivate, Title = Title(history), Comment = comment, Record = record });
    }

    private async Task<DatasetHistory?> ChangeAsync(
        string folder, DatasetManifest manifest, DatasetHistory history, PublishWishes wishes, IProgress<ImportProgress>? progress, CancellationToken ct)
    {
        if (history.IsDeactivated)
        {
            history = wishes.Again
                ? new DatasetHistory { Address = Address, Folder = folder }
                : throw new CliException($"record {history.Record} of this folder was withdrawn; --again publishes the folder as a new record.");
        }

        var fingerprint = DatasetHistory.FingerprintOf(folder);
        if (history.Fingerprint == fingerprint)
        {
            return null;
        }

        var root = (await files.AddAsync(folder, progress, ct)).Cid.ToString();
        var artifact = ArtifactBuilder.Build(folder, manifest, root, Address, time.GetUtcNow().ToUnixTimeSeconds());
        if (history is { Record: not null, Artifact: { } current } && SameWords(current, artifact))
        {
            return history with { Fingerprint = fingerprint };
        }

        var signed = RecordBuilder.Sign(artifact, _messages);
        return (history with { Artifact = signed, Before = history.Artifact, Root = root, Fingerprint = fingerprint }).With(Journal(history, signed, manifest.Title));
    }

    private PublicationJournal Journal(DatasetHistory history, JsonObject signed, string title)
    {
        if (history.Record is null)
        {
            return new PublicationJournal { Kind = PublicationKind.Publish, Title = title, Comment = RecordBuilder.PublishComment(signed) };
        }

        var current = history.Artifact ?? throw new CliException($"what record {history.Record} says now is not known here; give it with --artifact FILE.");
        var comment = RecordBuilder.EditComment(history.Record, current, signed, time.GetUtcNow().ToUnixTimeMilliseconds(), _messages);
        return new PublicationJournal { Kind = PublicationKind.Edit, Title = title, Comment = comment, Record = history.Record };
    }

    /// <summary>True when two artifacts differ at most in their time and signatures.</summary>
    private static bool SameWords(JsonObject current, JsonObject artifact)
    {
        string[] signs = ["timestamp", "signature", "contentProof"];
        return JsonDiff.Diff(current, artifact).All(o => signs.Contains(o!["path"]!.GetValue<string>().Split('/')[1]));
    }

    private static string Title(DatasetHistory history) => history.Artifact?["info"]?["title"]?.GetValue<string>() ?? history.Record ?? "";

    private void Write(string folder, DatasetHistory history) => DurableJson.Write(state.PathOf(Address, folder), history);

    private async Task<DatasetHistory> CarryAsync(string folder, DatasetHistory history, PublishWishes wishes, CancellationToken ct)
    {
        var path = state.PathOf(Address, folder);
        var coins = new NodeCoins(flo, DigestMessageSigner.AddressOf(signer, network), () => state.Promised(except: path));
        var pipeline = new PublicationPipeline(carrier, coins, signer, network, options, Save, time);
        var began = time.GetTimestamp();
        while (history.Journal is { } journal && !IsEnough(journal, wishes.Confirmations))
        {
            var next = await StepAsync(pipeline, journal, ct);
            history = history.With(next);
            if (next.Stage == PublicationStage.Failed)
            {
                throw new CliException($"the ledger refused '{next.Title}' for good: {next.Problem} --again gives this attempt up and makes a new one.") { ExitCode = CliExit.No };
            }

            if (next == journal)
            {
                var isLate = next.Stage == PublicationStage.Sending && time.GetElapsedTime(began) > wishes.Patience;
                await (isLate ? throw NotTaken(next) : Task.Delay(wishes.LookEvery, time, ct));
            }
        }

        return history;

        Task Save(PublicationJournal journal, CancellationToken cancellationToken)
        {
            Write(folder, history.With(journal));
            return Task.CompletedTask;
        }
    }

    private static CliException NotTaken(PublicationJournal journal) =>
        new($"the ledger did not take '{journal.Title}' yet: {journal.Problem ?? "no reason given"}. What was signed is kept; run the same command again to go on with it.") { ExitCode = CliExit.No };

    private static bool IsEnough(PublicationJournal journal, int confirmations) =>
        journal.Stage == PublicationStage.Final || (journal.Stage == PublicationStage.Confirming && (journal.Confirmations ?? 0) >= confirmations);

    private static async Task<PublicationJournal> StepAsync(PublicationPipeline pipeline, PublicationJournal journal, CancellationToken ct)
    {
        try
        {
            return await pipeline.StepAsync(journal, ct);
        }
        catch (Exception e) when (e is PublishingException or FloNodeException or SigningException)
        {
            throw new CliException(e.Message, e) { ExitCode = CliExit.No };
        }
    }
}
