using System.Collections.Immutable;
using Etdb.Domain.Common;
using Etdb.Grains.Ports;

namespace Etdb.Grains.Publishers;

// Only the lab can pay more: it signs. The grain says that it is needed and takes what the lab hands over, either further transactions behind the known ones
// (children that pay for them) or a whole publication that spends the same coin, of which the ledger can hold only one.
public sealed partial class PublisherGrain
{
    private static ImmutableArray<PublicationState> TakeOver(ImmutableArray<PublicationState> publications, Publication publication, DateTimeOffset now)
    {
        var added = new PublicationState
        {
            RecordTxid = publication.RecordTxid,
            Title = publication.Title,
            Transactions = [.. publication.Transactions],
            Parts = publication.Parts,
            Total = publication.Transactions.Count,
            AcceptedAt = now,
            NextAt = now,
            WaitsSince = now,
            Replaces = publication.Replaces,
        };
        var at = publications.IndexOf(publications.FirstOrDefault(p => p.RecordTxid == publication.Replaces && !p.IsDone)!);
        return at < 0
            ? publications.Add(added)
            : publications.SetItem(at, publications[at] with { Phase = PublicationPhase.Replaced, NeedsFee = false, Problem = null }).Insert(at + 1, added);
    }

    /// <summary>
    /// The known publication with what the lab added: further transactions behind the known ones, or (when it names itself as what it replaces) other ones in
    /// place of those the ledger has not accepted. Null when there is nothing new.
    /// </summary>
    private PublicationState? Extend(PublicationState known, Publication publication)
    {
        var same = known.Transactions.Zip(publication.Transactions).TakeWhile(p => p.First == p.Second).Count();
        var isLonger = same == known.Transactions.Length && publication.Transactions.Count > same;
        var isTail = publication.Replaces == known.RecordTxid && same > 0 && same < publication.Transactions.Count;
        return known.IsDone || !(isLonger || isTail) ? null : known with
        {
            Transactions = [.. publication.Transactions],
            Parts = publication.Parts,
            Total = publication.Transactions.Count,
            Accepted = Math.Min(known.Accepted, same),
            Phase = PublicationPhase.Broadcasting,
            NeedsFee = false,
            NextAt = _reporter.Now,
            WaitsSince = _reporter.Now,
        };
    }

    /// <summary>
    /// True for a child that pays for parts and that the ledger refuses (something else spends that change, or its fee is too low as well), or that it does not
    /// take now and that is not needed any more because all parts are in blocks.
    /// </summary>
    private async Task<bool> CanDoWithoutAsync(PublicationState publication, BroadcastOutcome outcome, CancellationToken cancellationToken)
    {
        if (publication.Parts is not { } parts || publication.Accepted < parts)
        {
            return false;
        }

        if (outcome is BroadcastOutcome.Rejected or BroadcastOutcome.FeeTooLow)
        {
            return true;
        }

        foreach (var part in publication.Transactions.Take(outcome == BroadcastOutcome.Later ? parts : 0))
        {
            if (await _broadcaster.ConfirmationsAsync(part.Txid, cancellationToken) is null or 0)
            {
                return false;
            }
        }

        return outcome == BroadcastOutcome.Later;
    }

    private PublicationState WithoutChildren(PublicationState publication) => publication with
    {
        Transactions = publication.Transactions[..publication.Accepted],
        Total = publication.Accepted,
        Attempts = 0,
        NeedsFee = false,
        WaitsSince = _reporter.Now,
    };

    /// <summary>True when the ledger took the publication that this one was to replace; that one is then on its way again.</summary>
    private async Task<bool> ResumeReplacedAsync(PublicationState publication, CancellationToken cancellationToken)
    {
        var replaced = _state.Value.Publications.FirstOrDefault(p => p.RecordTxid == publication.Replaces);
        if (replaced is not { Phase: PublicationPhase.Replaced, Transactions.IsEmpty: false }
            || await _broadcaster.ConfirmationsAsync(replaced.Transactions[0].Txid, cancellationToken) is null)
        {
            return false;
        }

        Put(replaced with { Phase = PublicationPhase.Broadcasting, Accepted = 0, Attempts = 0, NextAt = _reporter.Now });
        return true;
    }

    private PublicationState Later(PublicationState publication, string problem)
    {
        var attempts = publication.Attempts + 1;
        return publication with
        {
            Attempts = attempts,
            Problem = problem,
            NextAt = _reporter.Now + _retry.Backoff(attempts, Hashing.Of(publication.RecordTxid)),
            Phase = publication.Accepted == 0 ? PublicationPhase.Queued : PublicationPhase.Broadcasting,
        };
    }

    private void Put(PublicationState publication) => Change(s => s with
    {
        Publications = [.. s.Publications.Select(p => p.RecordTxid == publication.RecordTxid ? publication : p)],
    });
}
