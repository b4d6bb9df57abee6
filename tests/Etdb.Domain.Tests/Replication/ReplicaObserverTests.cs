using Etdb.Domain.Replication;
using static Etdb.Domain.Tests.World;

namespace Etdb.Domain.Tests.Replication;

public sealed class ReplicaObserverTests
{
    private static readonly NodeId s_node = new("n1");

    [Fact]
    public void Any_order_and_any_repetition_end_in_the_same_state() => Scenario.ForAll(s =>
    {
        var looks = Enumerable.Range(0, s.Random.Next(1, 12)).Select(_ => s.RandomObservation(s_node)).ToList();
        var shuffled = looks.Concat(looks.Take(3)).OrderBy(_ => s.Random.Next());
        var (a, b) = (Apply(looks), Apply(shuffled));
        Assert.Equal(a.Evidence, b.Evidence);
        Assert.Equal((a.State, a.Cause, a.LastVerification, a.LastFullVerification), (b.State, b.Cause, b.LastVerification, b.LastFullVerification));
    });

    [Fact]
    public void A_pin_row_alone_is_only_a_claim() => Assert.Equal(ReplicaState.Claimed, Apply([At(1, ObservationKind.Listed)]).State);

    [Fact]
    public void A_listing_does_not_cure_what_a_check_found() =>
        Assert.Equal(ReplicaState.Corrupt, Apply([At(1, ObservationKind.Pinned), At(2, ObservationKind.CheckCorrupt), At(3, ObservationKind.Listed)]).State);

    [Fact]
    public void A_sample_does_not_cure_what_a_check_found_but_a_full_check_does()
    {
        var bad = new[] { At(1, ObservationKind.Pinned), At(2, ObservationKind.CheckCorrupt, VerificationDepth.Full) };
        Assert.Equal(ReplicaState.Corrupt, Apply([.. bad, At(3, ObservationKind.CheckComplete)]).State);
        Assert.Equal(ReplicaState.Verified, Apply([.. bad, At(3, ObservationKind.CheckComplete, VerificationDepth.Full)]).State);
    }

    [Fact]
    public void A_healed_replica_is_a_claim_until_it_is_checked_again()
    {
        var healed = new[] { At(1, ObservationKind.Pinned), At(2, ObservationKind.CheckCorrupt), At(3, ObservationKind.Healed) };
        Assert.Equal(ReplicaState.Claimed, Apply(healed).State);
        Assert.Equal(ReplicaState.Verified, Apply([.. healed, At(4, ObservationKind.CheckComplete)]).State);
    }

    [Fact]
    public void A_check_that_began_before_the_heal_ended_proves_nothing_about_it() =>
        Assert.Equal(ReplicaState.Claimed, Apply([At(1, ObservationKind.Pinned), At(3, ObservationKind.CheckCorrupt), At(4, ObservationKind.Healed), At(2, ObservationKind.CheckComplete)]).State);

    [Fact]
    public void Silence_is_not_loss_and_an_answer_brings_the_state_back()
    {
        var silent = new[] { At(1, ObservationKind.Pinned), At(2, ObservationKind.CheckComplete), At(3, ObservationKind.NoAnswer) };
        Assert.Equal(ReplicaState.Unreachable, Apply(silent).State);
        Assert.Equal(ReplicaState.Verified, Apply([.. silent, At(4, ObservationKind.Answered)]).State);
    }

    [Fact]
    public void A_pin_that_is_gone_is_missing_and_blocks_that_still_pass_are_only_suspect()
    {
        var gone = new[] { At(1, ObservationKind.Pinned), At(2, ObservationKind.CheckComplete), At(3, ObservationKind.NotListed) };
        Assert.Equal((ReplicaState.Missing, ReplicaCause.PinGone), Derived(gone));
        Assert.Equal((ReplicaState.Suspect, ReplicaCause.PinGone), Derived([.. gone, At(4, ObservationKind.CheckComplete)]));
        Assert.Equal((ReplicaState.Verified, ReplicaCause.None), Derived([.. gone, At(4, ObservationKind.Pinned), At(5, ObservationKind.CheckComplete)]));
    }

    [Fact]
    public void A_listing_begun_before_the_pin_ended_does_not_deny_it() =>
        Assert.Equal(ReplicaState.Claimed, Apply([At(5, ObservationKind.Pinned), At(4, ObservationKind.NotListed)]).State);

    [Fact]
    public void A_replaced_repository_voids_all_that_was_seen_before()
    {
        var replaced = new[] { At(1, ObservationKind.Pinned), At(2, ObservationKind.CheckComplete, VerificationDepth.Full), At(3, ObservationKind.RepositoryReplaced) };
        Assert.Equal((ReplicaState.Missing, ReplicaCause.RepositoryReplaced), Derived(replaced));
        Assert.Null(Apply(replaced).LastVerification);
        Assert.Equal(ReplicaState.Claimed, Apply([.. replaced, At(4, ObservationKind.Pinned)]).State);
    }

    [Fact]
    public void A_check_that_did_not_finish_makes_a_verified_replica_suspect_not_missing() =>
        Assert.Equal(ReplicaState.Suspect, Apply([At(1, ObservationKind.Pinned), At(2, ObservationKind.CheckComplete), At(3, ObservationKind.CheckUnknown)]).State);

    [Fact]
    public void A_time_ahead_of_ours_is_taken_for_now_so_that_it_cannot_shut_out_later_ones()
    {
        var row = Apply([At(1, ObservationKind.Pinned)]);
        var ahead = new Observation(s_node, ObservationKind.CheckComplete, Now.AddDays(400), ObservationSource.Audit, VerificationDepth.Sample, 3);
        row = ReplicaObserver.Observe(row, ahead, Now).Replica;
        Assert.Equal(Now, row.LastVerification!.At);
        row = ReplicaObserver.Observe(row, ahead with { Kind = ObservationKind.CheckMissing, At = Now.AddSeconds(1) }, Now.AddSeconds(2)).Replica;
        Assert.Equal(ReplicaState.Missing, row.State);
    }

    [Fact]
    public void An_older_observation_is_stale_and_changes_nothing()
    {
        var row = Apply([At(1, ObservationKind.Pinned), At(5, ObservationKind.CheckComplete)]);
        var result = ReplicaObserver.Observe(row, At(2, ObservationKind.CheckComplete), Now);
        Assert.True(result.Stale);
        Assert.Same(row, result.Replica);
    }

    private static ReplicaRecord Apply(IEnumerable<Observation> looks) =>
        looks.Aggregate(ReplicaRecord.Assign(s_node, Now.AddDays(-1)), (row, look) => ReplicaObserver.Observe(row, look, Now).Replica);

    private static (ReplicaState State, ReplicaCause Cause) Derived(IEnumerable<Observation> looks)
    {
        var row = Apply(looks);
        return (row.State, row.Cause);
    }

    private static Observation At(int minute, ObservationKind kind, VerificationDepth depth = VerificationDepth.Sample) =>
        new(s_node, kind, Now.AddHours(-2).AddMinutes(minute), ObservationSource.Audit, depth, 30);
}
