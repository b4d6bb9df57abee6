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
        history = await WatchEarlierAsync(folder, history, ct);
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
        var history = await AgainAsync(key, wishes, ct);
        if (history.Journal is null or { Stage: PublicationStage.Failed })
        {
            var now = Now(history);
            var comment = RecordBuilder.RegisterComment(name, now, _messages);
            history = history.Begin(new PublicationJournal { Kind = PublicationKind.Register, Title = name, Comment = comment }, now);
            Write(key, history);
        }

        return await CarryAsync(key, history, wishes, ct);
    }

    /// <summary>Writes a line that is no record into the ledger, once for each key.</summary>
    public async Task<DatasetHistory> NoteAsync(string key, string title, string line, PublishWishes wishes, CancellationToken ct)
    {
        var history = await AgainAsync(key, wishes, ct);
        var comment = Encoding.UTF8.GetBytes(line);
        if (history.Journal is null or { Stage: PublicationStage.Failed } || !history.Journal.Comment.AsSpan().SequenceEqual(comment))
        {
            history = history.Begin(new PublicationJournal { Kind = PublicationKind.Note, Title = title, Comment = comment }, Now(history));
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

        if (journal is { Current: null, Kind: PublicationKind.Publish or PublicationKind.Edit })
        {
            // Nothing was signed: the folder is looked at anew.
            return history.Forget(journal);
        }

        return wishes.Again && journal.Stage is PublicationStage.Failed or PublicationStage.Sending
            ? await GiveUpAsync(folder, history, journal, ct)
            : await CarryAsync(folder, history, wishes with { Confirmations = 0 }, ct);
    }

    /// <summary>Offers it once more before it is given up: what the ledger took after all is not said twice.</summary>
    private async Task<DatasetHistory> GiveUpAsync(string folder, DatasetHistory history, PublicationJournal journal, CancellationToken ct)
    {
        if (await IsHeldAsync(journal.Instead, ct))
        {
            throw new CliException($"the ledger took after all what was given up for this: {journal.Instead!.FirstTxid}. Go on from it with another --state, --record and --artifact.") { ExitCode = CliExit.No };
        }

        _ = await IsHeldAsync(journal.Current, ct); // throws when nobody can tell, in which case nothing is given up
        var looked = journal.Current is null ? journal
            : await StepAsync(Pipeline(folder, history.With, state.PathOf(Address, folder)), journal with { Stage = PublicationStage.Sending, Problem = null }, ct);
        history = history.With(looked);
        return looked.Stage is PublicationStage.Confirming or PublicationStage.Final ? history : history.Forget(looked);
    }

    private async Task<bool> IsHeldAsync(PublicationIssue? issue, CancellationToken ct)
    {
        try
        {
            return issue is not null && await carrier.ConfirmationsAsync(issue.FirstTxid, ct) is not null;
        }
        catch (FloNodeException e)
        {
            throw new CliException(e.Message, e) { ExitCode = CliExit.No };
        }
    }

    private async Task<DatasetHistory> AgainAsync(string key, PublishWishes wishes, CancellationToken ct)
    {
        var history = await WatchEarlierAsync(key, Read(key), ct);
        return wishes.Again && history.Journal is { Stage: PublicationStage.Failed or PublicationStage.Sending } journal ? await GiveUpAsync(key, history, journal, ct) : history;
    }

    /// <summary>One look at each publication that something was said after before it was final.</summary>
    private async Task<DatasetHistory> WatchEarlierAsync(string folder, DatasetHistory history, CancellationToken ct)
    {
        foreach (var journal in history.Earlier)
        {
            var known = history;
            var next = await StepAsync(Pipeline(folder, written => known.WithEarlier(journal, written), null), journal, ct);
            history = known.WithEarlier(journal, next);
            var isRecord = next.Kind == PublicationKind.Publish;
            if (isRecord && (next.Stage == PublicationStage.Failed || next.RecordTxid != history.Record))
            {
                history = history.BackTo(next);
                Write(folder, history);
                return history;
            }

            if (next.Stage == PublicationStage.Failed)
            {
                history = history with { Earlier = [.. history.Earlier.Where(j => j != next)], Artifact = null };
                Write(folder, history);
                throw new CliException($"the ledger took back and now refuses '{next.Title}': {next.Problem} Look at what the record says now and give it with --record and --artifact.") { ExitCode = CliExit.No };
            }
        }

        return history;
    }

    /// <summary>Unix milliseconds, later than anything said before.</summary>
    private long Now(DatasetHistory history) => Math.Max(time.GetUtcNow().ToUnixTimeMilliseconds(), history.SaidAt + 1);

    private DatasetHistory? Withdraw(DatasetHistory history)
    {
        if (history.IsDeactivated)
        {
            return null;
        }

        var record = history.Record ?? throw new CliException("there is no record of this folder to withdraw; name one with --record.");
        var now = Now(history);
        var comment = RecordBuilder.DeactivateComment(record, now / 1000, _messages);
        return (history with { IsDeactivated = true, Before = history.Artifact })
            .Begin(new PublicationJournal { Kind = PublicationKind.Deactivate, Title = Title(history), Comment = comment, Record = record }, now);
    }

    private async Task<DatasetHistory?> ChangeAsync(
        string folder, DatasetManifest manifest, DatasetHistory history, PublishWishes wishes, IProgress<ImportProgress>? progress, CancellationToken ct)
    {
        if (history.IsDeactivated)
        {
            history = wishes.Again
                ? new DatasetHistory { Address = Address, Folder = folder, SaidAt = history.SaidAt, Earlier = history.Journal is { IsSettled: false } withdrawal ? [withdrawal] : [] }
                : throw new CliException($"record {history.Record} of this folder was withdrawn; --again publishes the folder as a new record.");
        }

        var fingerprint = DatasetHistory.FingerprintOf(folder);
        if (history.Fingerprint == fingerprint)
        {
            return null;
        }

        var root = (await files.AddAsync(folder, progress, ct)).Cid.ToString();
        var now = Now(history);
        var artifact = ArtifactBuilder.Build(folder, manifest, root, Address, now / 1000);
        if (history is { Record: not null, Artifact: { } current } && SameWords(current, artifact))
        {
            return history with { Fingerprint = fingerprint };
        }

        var signed = RecordBuilder.Sign(artifact, _messages);
        return (history with { Artifact = signed, Before = history.Artifact, Root = root, Fingerprint = fingerprint }).Begin(Journal(history, signed, manifest.Title, now), now);
    }

    private PublicationJournal Journal(DatasetHistory history, JsonObject signed, string title, long now)
    {
        if (history.Record is null)
        {
            return new PublicationJournal { Kind = PublicationKind.Publish, Title = title, Comment = RecordBuilder.PublishComment(signed) };
        }

        var current = history.Artifact ?? throw new CliException($"what record {history.Record} says now is not known here; give it with --artifact FILE.");
        var comment = RecordBuilder.EditComment(history.Record, current, signed, now, _messages);
        return new PublicationJournal { Kind = PublicationKind.Edit, Title = title, Comment = comment, Record = history.Record };
    }

    /// <summary>True when two artifacts differ at most in their time and signatures.</summary>
    internal static bool SameWords(JsonObject current, JsonObject artifact)
    {
        string[] signs = ["timestamp", "signature", "contentProof"];
        return JsonDiff.Diff(current, artifact).All(o => signs.Contains(o!["path"]!.GetValue<string>().Split('/')[1]));
    }

    private static string Title(DatasetHistory history) => history.Artifact?["info"]?["title"]?.GetValue<string>() ?? history.Record ?? "";

    private void Write(string folder, DatasetHistory history) => DurableJson.Write(state.PathOf(Address, folder), history);

    private async Task<DatasetHistory> CarryAsync(string folder, DatasetHistory history, PublishWishes wishes, CancellationToken ct)
    {
        // What waits for blocks is looked at once even when that is enough: a mempool may have dropped it since.
        var began = time.GetTimestamp();
        for (var looked = false; history.Journal is { } journal && !(IsEnough(journal, wishes.Confirmations) && (looked || journal.IsSettled)); looked = true)
        {
            var next = await StepAsync(Pipeline(folder, history.With, state.PathOf(Address, folder)), journal, ct);
            history = history.With(next);
            if (next.Stage == PublicationStage.Failed)
            {
                throw new CliException($"the ledger refused '{next.Title}' for good: {next.Problem} --again gives this attempt up and makes a new one.") { ExitCode = CliExit.No };
            }

            if (next == journal && !IsEnough(next, wishes.Confirmations))
            {
                var isLate = next.Stage == PublicationStage.Sending && time.GetElapsedTime(began) > wishes.Patience;
                await (isLate ? throw NotTaken(next) : Task.Delay(wishes.LookEvery, time, ct));
            }
        }

        return history;
    }

    /// <summary>A pipeline that writes the history of the folder; coins promised to others are left alone.</summary>
    private PublicationPipeline Pipeline(string folder, Func<PublicationJournal, DatasetHistory> with, string? except)
    {
        var coins = new NodeCoins(flo, DigestMessageSigner.AddressOf(signer, network), () => state.Promised(except));
        return new PublicationPipeline(carrier, coins, signer, network, options, Save, time);

        Task Save(PublicationJournal journal, CancellationToken cancellationToken)
        {
            Write(folder, with(journal));
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
