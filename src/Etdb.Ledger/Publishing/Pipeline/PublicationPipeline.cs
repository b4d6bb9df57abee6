using Etdb.Ledger.Oip;
using Etdb.Ledger.Publishing.Wallet;

namespace Etdb.Ledger.Publishing.Pipeline;

/// <summary>Makes a journal durable; what it was given is on disk when it returns.</summary>
public delegate Task JournalWriter(PublicationJournal journal, CancellationToken cancellationToken);

/// <summary>
/// Takes a publication from its comment to the chain, without a cluster or through one: plan, send, confirm, final; sends again what the mempool dropped or a
/// reorganisation took back; pays more when it is stuck (a child, which keeps all ids) or refused for its fee (a new issue that spends the same coin). Every
/// step writes the journal before it acts on it, so that a crash between any two steps neither loses a record nor makes a second one.
/// </summary>
public sealed class PublicationPipeline(
    IPublicationCarrier carrier, ICoinSource coins, IDigestSigner signer, FloNetwork network, PublishingOptions options, JournalWriter write, TimeProvider time)
{
    private readonly IssueBuilder _builder = new(signer, network, options.Policy);
    private readonly CommentReader _reader = new(OipRules.Test, new FloMessageVerifier(network));

    /// <summary>One step; call it again until <see cref="PublicationJournal.IsSettled"/>, with a wait in between when nothing changed.</summary>
    /// <exception cref="PublishingException">The transactions cannot be built (too few coins), or no reader would accept what they say; nothing was sent.</exception>
    public async Task<PublicationJournal> StepAsync(PublicationJournal journal, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(journal);
        if (journal.IsSettled)
        {
            return journal;
        }

        if (journal.Current is null)
        {
            Validate(journal);
            var available = await coins.ReadAsync(cancellationToken).ConfigureAwait(false);
            var planned = journal with { Issues = [_builder.First(journal.Comment, available, journal.Instead)], WaitsSince = time.GetUtcNow() };
            await write(planned, cancellationToken).ConfigureAwait(false);
            return planned;
        }

        var report = await carrier.CarryAsync(journal, cancellationToken).ConfigureAwait(false);
        var next = await DecideAsync(journal, report, cancellationToken).ConfigureAwait(false);
        if (next != journal)
        {
            await write(next, cancellationToken).ConfigureAwait(false);
        }

        return next;
    }

    private async Task<PublicationJournal> DecideAsync(PublicationJournal journal, CarrierReport report, CancellationToken cancellationToken)
    {
        var issue = journal.Current!;
        var noted = journal with { Accepted = report.Accepted, Confirmations = report.Confirmations, Problem = report.Detail };
        switch (report.Obstacle)
        {
            case CarrierObstacle.None:
                return await ConfirmAsync(noted, cancellationToken).ConfigureAwait(false);
            case not CarrierObstacle.None when report.Accepted >= issue.Parts:
                return WithoutChildren(noted, issue, report);
            case CarrierObstacle.CoinSpent or CarrierObstacle.Refused:
                return await FindInChainAsync(journal, cancellationToken).ConfigureAwait(false) is { } other
                    ? journal with { Active = other, Accepted = 0, Stage = PublicationStage.Sending, Problem = null }
                    : noted with { Stage = report.Obstacle == CarrierObstacle.Refused ? PublicationStage.Failed : PublicationStage.Sending };
            case CarrierObstacle.FeeTooLow when Raises(journal) < options.MostRaises && report.Accepted < issue.Parts:
                return await IssueAnewAsync(noted, report.Accepted, cancellationToken).ConfigureAwait(false);
            default:
                return noted with { Stage = PublicationStage.Sending };
        }
    }

    /// <summary>All parts are in; a child that was refused (something else spends that change, or its fee is too low as well) is forgotten, one that has to wait waits.</summary>
    private PublicationJournal WithoutChildren(PublicationJournal journal, PublicationIssue issue, CarrierReport report)
    {
        var waiting = journal with { Stage = PublicationStage.Confirming, Confirmations = 0 };
        return report.Obstacle == CarrierObstacle.Later
            ? waiting
            : Put(waiting, issue with { Transactions = [.. issue.Transactions.Take(report.Accepted)] }) with { Accepted = report.Accepted, WaitsSince = time.GetUtcNow() };
    }

    private static PublicationJournal Put(PublicationJournal journal, PublicationIssue issue) =>
        journal with { Issues = [.. journal.Issues.Take(journal.Active), issue, .. journal.Issues.Skip(journal.Active + 1)] };

    private async Task<PublicationJournal> ConfirmAsync(PublicationJournal journal, CancellationToken cancellationToken)
    {
        if (journal.Confirmations >= options.FinalConfirmations)
        {
            return journal with { Stage = PublicationStage.Final };
        }

        var confirming = journal with { Stage = PublicationStage.Confirming };
        if (journal.Confirmations > 0 || time.GetUtcNow() - journal.WaitsSince < options.StuckAfter || Raises(journal) >= options.MostRaises)
        {
            return confirming;
        }

        // What waits may be an older issue that other nodes hold; then there is nothing to pay for.
        if (await FindInChainAsync(journal, cancellationToken).ConfigureAwait(false) is { } other)
        {
            return journal with { Active = other, Accepted = 0, Stage = PublicationStage.Sending };
        }

        try
        {
            var available = await coins.ReadAsync(cancellationToken).ConfigureAwait(false);
            return Put(confirming, _builder.WithChild(journal.Current!, available, journal.Current!.FeePerKilobyte * options.FeeStep)) with { WaitsSince = time.GetUtcNow() };
        }
        catch (PublishingException e)
        {
            return confirming with { WaitsSince = time.GetUtcNow(), Problem = $"It waits for a block and no more can be paid: {e.Message}" };
        }
    }

    private async Task<PublicationJournal> IssueAnewAsync(PublicationJournal journal, int from, CancellationToken cancellationToken)
    {
        var available = await coins.ReadAsync(cancellationToken).ConfigureAwait(false);
        var old = journal.Current!;
        try
        {
            var issue = _builder.Anew(journal.Comment, old, from, available, old.FeePerKilobyte * options.FeeStep);
            return journal with { Issues = [.. journal.Issues, issue], Active = journal.Issues.Count, Accepted = from, Stage = PublicationStage.Sending, WaitsSince = time.GetUtcNow() };
        }
        catch (PublishingException e)
        {
            return journal with { Stage = PublicationStage.Sending, Problem = $"{journal.Problem} More cannot be paid: {e.Message}" };
        }
    }

    /// <summary>An issue other than the active one of which the ledger holds the part in which they differ.</summary>
    private async Task<int?> FindInChainAsync(PublicationJournal journal, CancellationToken cancellationToken)
    {
        for (var i = journal.Issues.Count - 1; i >= 0; i--)
        {
            if (i != journal.Active && await IsHeldAsync(journal, i, cancellationToken).ConfigureAwait(false))
            {
                return i;
            }
        }

        return null;
    }

    private async Task<bool> IsHeldAsync(PublicationJournal journal, int other, CancellationToken cancellationToken)
    {
        var active = journal.Current!.Transactions.Select(t => t.Txid).ToHashSet(StringComparer.Ordinal);
        var differing = journal.Issues[other].Transactions.FirstOrDefault(t => !active.Contains(t.Txid));
        return differing is not null && await carrier.ConfirmationsAsync(differing.Txid, cancellationToken).ConfigureAwait(false) is not null;
    }

    /// <summary>What every reader would refuse is not paid for.</summary>
    private void Validate(PublicationJournal journal)
    {
        if (journal.Kind == PublicationKind.Note)
        {
            return;
        }

        var message = _reader.Read(journal.Comment, null, isCoinbase: false);
        var expected = journal.Kind switch
        {
            PublicationKind.Publish => message is PublishMessage,
            PublicationKind.Edit => message is EditMessage,
            PublicationKind.Deactivate => message is DeactivateMessage,
            PublicationKind.Transfer => message is TransferMessage,
            _ => message is RegisterMessage,
        };
        if (!expected || message.Reason != OipReason.None)
        {
            throw new PublishingException($"'{journal.Title}' cannot be published: readers would refuse it ({message.Reason.Code() ?? "it says something else"}).");
        }
    }

    private static int Raises(PublicationJournal journal) => journal.Issues.Count - 1 + journal.Issues.Sum(i => i.Children);
}
