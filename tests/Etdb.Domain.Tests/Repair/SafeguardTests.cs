using Etdb.Domain.Repair;
using Etdb.Domain.Replication;
using static Etdb.Domain.Tests.World;

namespace Etdb.Domain.Tests.Repair;

public sealed class SafeguardTests
{
    [Theory]
    [InlineData(0, 24)]
    [InlineData(1, 24)]
    [InlineData(2, 72)]
    [InlineData(3, 168)]
    [InlineData(9, 168)]
    public void The_fewer_copies_are_left_the_sooner_a_silent_one_is_written_off(int others, int hours) =>
        Assert.Equal(TimeSpan.FromHours(hours), GraceLadder.Default.LostAfter(others));

    [Theory]
    [InlineData(1, NodeStatus.Up)]
    [InlineData(2, NodeStatus.Suspect)]
    [InlineData(29, NodeStatus.Suspect)]
    [InlineData(30, NodeStatus.Unreachable)]
    [InlineData(7 * 24 * 60, NodeStatus.PresumedLost)]
    public void A_silent_node_goes_down_the_ladder(int minutes, NodeStatus status) =>
        Assert.Equal(status, GraceLadder.Default.StatusAfter(TimeSpan.FromMinutes(minutes)));

    [Fact]
    public void A_members_own_grace_overrides_the_ladder()
    {
        var cluster = Cluster(6).With(Node(4, NodeStatus.Unreachable) with { LostAfterOverride = TimeSpan.FromMinutes(30) });
        var health = Dataset(Replica(1), Replica(2), Replica(3), Replica(4)).Health(cluster);
        Assert.Equal(ReplicaClass.PresumedLost, health.Replicas[3].Class);
        Assert.Equal(1, health.Needed);
    }

    [Fact]
    public void Maintenance_stops_the_clock_and_overlapping_windows_count_once()
    {
        var schedule = MaintenanceSchedule.None;
        (schedule, _) = schedule.Add(new MaintenanceWindow(Now.AddHours(1), Now.AddHours(3), "op", "power"));
        (schedule, _) = schedule.Add(new MaintenanceWindow(Now.AddHours(2), Now.AddHours(5), "op", "more power"));
        Assert.Equal(TimeSpan.FromHours(6), schedule.Outside(Now, Now.AddHours(10)));
        Assert.Equal(NodeStatus.Maintenance, schedule.Stand(Now, Now.AddHours(4), GraceLadder.Default).Status);
        var (status, since, _) = schedule.Stand(Now, Now.AddHours(10), GraceLadder.Default);
        Assert.Equal((NodeStatus.Unreachable, Now.AddHours(4)), (status, since));
    }

    [Fact]
    public void A_window_without_end_or_before_its_start_is_refused_with_the_range()
    {
        Assert.Contains("30 days", MaintenanceSchedule.None.Add(new MaintenanceWindow(Now, Now.AddDays(31), "op", "x")).Problem, StringComparison.Ordinal);
        Assert.NotNull(MaintenanceSchedule.None.Add(new MaintenanceWindow(Now, Now, "op", "x")).Problem);
    }

    [Fact]
    public void A_window_is_waited_out_while_enough_others_are_verified_and_not_otherwise()
    {
        var away = Cluster(6).With(Node(4, NodeStatus.Maintenance));
        Assert.Equal(0, Dataset(Replica(1), Replica(2), Replica(3), Replica(4)).Health(away).Needed);
        Assert.Equal(3, Dataset(Replica(1), Replica(4)).Health(away).Needed);
    }

    [Fact]
    public void A_returning_node_is_not_replaced_and_its_copy_counts_again()
    {
        var dataset = Dataset(Replica(1), Replica(2), Replica(3), Replica(4));
        Assert.Equal(HealthLevel.Degraded, dataset.Health(Cluster(6).With(Node(4, NodeStatus.Unreachable))).Level);
        Assert.Equal(HealthLevel.Healthy, dataset.Health(Cluster(6)).Level);
    }

    [Fact]
    public void Nothing_moves_after_a_start_before_nearly_all_nodes_have_reported()
    {
        var cluster = Cluster(20);
        var eighteen = cluster.Nodes.Take(18).Select(n => n.Node).ToList();
        var input = new BrakeInput { Cluster = cluster, Reported = eighteen };
        Assert.Equal(BrakeKind.SafeMode, Assert.Single(StormBrake.Default.Decide(input).Brakes).Kind);
        Assert.False(StormBrake.Default.Decide(input with { Reported = [.. cluster.Nodes.Take(19).Select(n => n.Node)] }).IsOn);
        Assert.False(StormBrake.Default.Decide(input with { StartupOver = true }).IsOn);
    }

    [Fact]
    public void Much_silence_at_once_makes_us_doubt_ourselves_and_lets_only_last_copies_through()
    {
        var cluster = ClusterView.From(Enumerable.Range(1, 10).Select(i => Node(i, i <= 3 ? NodeStatus.Unreachable : NodeStatus.Up)));
        var brake = StormBrake.Default.Decide(new BrakeInput { Cluster = cluster, StartupOver = true });
        Assert.Equal([BrakeKind.NodesSilent, BrakeKind.MembersSilent], brake.Brakes.Select(b => b.Kind));
        Assert.True(brake.Allows(ActionKind.Assign, RepairLevel.LastCopy));
        Assert.True(brake.Allows(ActionKind.Verify, RepairLevel.Low));
        Assert.False(brake.Allows(ActionKind.Assign, RepairLevel.VeryLow));
        Assert.False(brake.Allows(ActionKind.Trim, RepairLevel.LastCopy));
    }

    [Fact]
    public void Silence_that_lasts_or_was_announced_holds_no_brake()
    {
        var cluster = ClusterView.From(Enumerable.Range(1, 10).Select(i => Node(i, i <= 2 ? NodeStatus.PresumedLost : i <= 4 ? NodeStatus.Maintenance : NodeStatus.Up)));
        Assert.False(StormBrake.Default.Decide(new BrakeInput { Cluster = cluster, StartupOver = true }).IsOn);
    }

    [Fact]
    public void A_wave_of_missing_replicas_stops_the_scan_from_being_believed()
    {
        var input = new BrakeInput { Cluster = Cluster(4), StartupOver = true, Replicas = 100_000, NewlyMissing = 5_000 };
        Assert.False(StormBrake.Default.Decide(input).IsOn);
        Assert.Equal(BrakeKind.ReplicasMissing, Assert.Single(StormBrake.Default.Decide(input with { NewlyMissing = 5_001 }).Brakes).Kind);
    }

    [Fact]
    public void Waits_double_up_to_half_a_day_with_a_fifth_of_jitter_and_replay_the_same()
    {
        var retry = RetryPolicy.Default;
        for (var attempt = 1; attempt <= 60; attempt++)
        {
            var nominal = Math.Min(Math.Pow(2, attempt - 1), 720);
            for (var seed = 0UL; seed < 20; seed++)
            {
                Assert.InRange(retry.Backoff(attempt, seed).TotalMinutes, nominal * 0.8, nominal * 1.2);
            }
        }

        Assert.Equal(retry.Backoff(3, 9), retry.Backoff(3, 9));
        Assert.NotEqual(retry.Backoff(3, 9), retry.Backoff(3, 10));
    }

    [Fact]
    public void A_full_node_is_left_for_another_at_once_and_content_nobody_has_becomes_unobtainable()
    {
        var retry = RetryPolicy.Default;
        Assert.Equal(RetryVerdict.ElsewhereNow, retry.Decide(ReplicaCause.DiskFull, 1, Now, Now, 1).Verdict);
        Assert.Equal(RetryVerdict.Again, retry.Decide(ReplicaCause.NoProviders, 1, Now, Now, 1).Verdict);
        Assert.Equal(RetryVerdict.ElsewhereNow, retry.Decide(ReplicaCause.NoProviders, 5, Now, Now, 1).Verdict);
        Assert.Equal(RetryVerdict.Unobtainable, retry.Decide(ReplicaCause.NoProviders, 20, Now.AddDays(-7), Now, 1).Verdict);
        Assert.Equal(RetryVerdict.Unobtainable, retry.Decide(ReplicaCause.BadContent, 1, Now, Now, 1).Verdict);
        Assert.All(Enum.GetValues<ReplicaCause>(), c => Assert.NotEmpty(RetryPolicy.Advice(c)));
    }

    [Fact]
    public void A_full_node_is_not_asked_again_for_a_day_while_another_takes_its_place()
    {
        var failed = ReplicaRecord.Assign(new NodeId("n4"), Now.AddHours(-1)).AttemptFailed(ReplicaCause.DiskFull, Now, RetryPolicy.Default.Decide(ReplicaCause.DiskFull, 1, Now, Now, 1));
        var dataset = Dataset(Replica(1), Replica(2), Replica(3), failed);
        var assign = Assert.Single(RepairPlanner.Plan(dataset, Context(Cluster(6))).Actions);
        Assert.Equal(ActionKind.Assign, assign.Kind);
        Assert.NotEqual(failed.Node, assign.Node);
        var later = RepairPlanner.Plan(dataset, Context(Cluster(6)) with { Now = Now.AddDays(1) });
        Assert.Contains(later.Actions, a => a.Kind == ActionKind.Forget && a.Node == failed.Node);
    }

    [Theory]
    [InlineData(0, 0, 4, "Target is 0; allowed is 1 to 32.")]
    [InlineData(33, 3, 40, "Target is 33; allowed is 1 to 32.")]
    [InlineData(4, 5, 6, "Floor is 5; allowed is 1 to 4.")]
    [InlineData(4, 3, 65, "Most is 65; allowed is 4 to 64.")]
    public void Numbers_out_of_range_are_refused_with_the_range(int target, int floor, int most, string text) =>
        Assert.Contains(new ReplicationPolicy { Target = target, Floor = floor, Most = most }.Problems(), p => p.Text == text);

    [Fact]
    public void Contradictory_tags_are_a_wish_that_waits()
    {
        var policy = new ReplicationPolicy { IncludeTags = ["tape"], ExcludeTags = ["tape"] };
        Assert.Empty(policy.Problems());
        var plan = RepairPlanner.Plan(Dataset() with { EstablishedAt = null, Policy = policy }, Context(Cluster(6)));
        Assert.Empty(plan.Actions);
        Assert.Equal("Waiting for members: 0 of 4.", Assert.Single(plan.NotYet).Text);
    }

    [Fact]
    public void A_long_queue_is_no_reason_to_assign_more_copies()
    {
        var waiting = new[] { Replica(3, ReplicaState.Assigned, TimeSpan.FromDays(20)), Replica(4, ReplicaState.Claimed, TimeSpan.FromDays(20)) };
        Assert.Equal(0, Dataset([Replica(1), Replica(2), .. waiting]).Health(Cluster(6)).Needed);
    }

    [Fact]
    public void An_empty_assignment_on_a_silent_node_is_not_waited_for()
    {
        var cluster = Cluster(6).With(Node(4, NodeStatus.Unreachable));
        Assert.Equal(1, Dataset(Replica(1), Replica(2), Replica(3), Replica(4, ReplicaState.Assigned)).Health(cluster).Needed);
    }

    [Fact]
    public void Damage_that_is_not_healed_within_a_day_is_replaced_elsewhere()
    {
        var others = new[] { Replica(1), Replica(2), Replica(3) };
        Assert.Equal(0, Dataset([.. others, Replica(4, ReplicaState.Corrupt, TimeSpan.FromHours(23))]).Health(Cluster(6)).Needed);
        Assert.Equal(1, Dataset([.. others, Replica(4, ReplicaState.Corrupt, TimeSpan.FromHours(25))]).Health(Cluster(6)).Needed);
    }
}
