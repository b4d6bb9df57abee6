using Etdb.Domain.Repair;
using Etdb.Domain.Replication;

namespace Etdb.Domain.Tests.Repair;

public sealed class RepairPlannerProperties
{
    [Fact]
    public void New_copies_are_as_many_as_needed_on_fit_nodes_in_free_domains() => Scenario.ForAll(s =>
    {
        var plan = RepairPlanner.Plan(s.Dataset, s.Context);
        var assigned = plan.Actions.Where(a => a.Kind == ActionKind.Assign).Select(a => s.Cluster.Nodes.Single(n => n.Node == a.Node)).ToList();
        Assert.True(assigned.Count <= plan.Health.Needed);
        var taken = plan.Health.Replicas.Where(r => r.Prospective).Select(r => s.Cluster.Nodes.Single(n => n.Node == r.Node));
        var domains = taken.Select(n => DomainOf(n, s.Policy)).ToHashSet();
        foreach (var node in assigned)
        {
            Assert.True(domains.Add(DomainOf(node, s.Policy)), "two copies in one domain");
            Assert.True(node is { Status: NodeStatus.Up, IsExiting: false, IsOnProbation: false, NoNewReplicas: false });
            Assert.All(s.Policy.IncludeTags, t => Assert.Contains(t, node.Tags));
            Assert.All(s.Policy.ExcludeTags, t => Assert.DoesNotContain(t, node.Tags));
            Assert.True(node.CapacityBytes == 0 || node.UsedBytes + s.Dataset.Bytes <= node.CapacityBytes * 0.95);
            Assert.All(s.Dataset.Replicas.Where(r => r.Node == node.Node), r => Assert.Equal(ReplicaState.Missing, r.State));
        }
    });

    [Fact]
    public void What_is_not_placed_is_said() => Scenario.ForAll(s =>
    {
        var plan = RepairPlanner.Plan(s.Dataset, s.Context);
        var assigned = plan.Actions.Count(a => a.Kind == ActionKind.Assign);
        if (assigned < plan.Health.Needed)
        {
            Assert.Contains(plan.NotYet, n => n.Reason is NotYetReason.WaitingForMembers or NotYetReason.NoRoom or NotYetReason.NoSource);
        }

        if (plan.Health.Level is not HealthLevel.Healthy && plan.Actions.Count == 0)
        {
            Assert.True(plan.NotYet.Count > 0, "below target, nothing done and no reason given");
        }
    });

    [Fact]
    public void Planning_again_after_the_plan_asks_for_nothing_more() => Scenario.ForAll(s =>
    {
        var plan = RepairPlanner.Plan(s.Dataset, s.Context);
        var assigned = plan.Actions.Where(a => a.Kind == ActionKind.Assign).Select(a => ReplicaRecord.Assign(a.Node, World.Now)).ToList();
        var rows = s.Dataset.Replicas.Where(r => assigned.TrueForAll(a => a.Node != r.Node)).Concat(assigned).ToList();
        var again = RepairPlanner.Plan(s.Dataset with { Replicas = rows }, s.Context);
        if (assigned.Count == plan.Health.Needed)
        {
            Assert.DoesNotContain(again.Actions, a => a.Kind == ActionKind.Assign);
        }
    });

    [Fact]
    public void No_unpin_leaves_less_than_target_verified_elsewhere_and_never_two() => Scenario.ForAll(s =>
    {
        var plan = RepairPlanner.Plan(s.Dataset, s.Context);
        var trims = plan.Actions.Where(a => a.Kind == ActionKind.Trim).ToList();
        Assert.DoesNotContain(plan.Actions, a => a.Kind == ActionKind.Retire);
        if (trims.Count == 0)
        {
            return;
        }

        Assert.Single(trims);
        Assert.Single(plan.Actions);
        var without = Scenario.Classify(s.Dataset with { Replicas = [.. s.Dataset.Replicas.Where(r => r.Node != trims[0].Node)] }, s.Cluster);
        Assert.True(without.VerifiedIndependent >= s.Policy.Target);
        Assert.True(s.Dataset.LastTrimAt is null || World.Now - s.Dataset.LastTrimAt >= TimeSpan.FromDays(1));
    });

    [Fact]
    public void A_node_gets_one_action_at_most_and_none_while_one_runs() => Scenario.ForAll(s =>
    {
        var busy = s.Pick(s.Cluster.Nodes).Node;
        var dataset = s.Dataset with { Running = [new RunningOperation(busy, ActionKind.Verify, World.Now.AddMinutes(-1))] };
        var plan = RepairPlanner.Plan(dataset, s.Context);
        Assert.Equal(plan.Actions.Count, plan.Actions.Select(a => a.Node).Distinct().Count());
        Assert.DoesNotContain(plan.Actions, a => a.Node == busy);
    });

    [Fact]
    public void Pinning_is_never_asked_for_where_the_index_lists_it() => Scenario.ForAll(s =>
    {
        var plan = RepairPlanner.Plan(s.Dataset, s.Context);
        foreach (var action in plan.Actions.Where(a => a.Kind is ActionKind.Assign or ActionKind.Replicate))
        {
            Assert.DoesNotContain(s.Dataset.Replicas, r => r.Node == action.Node && r.IsListed);
        }
    });

    [Fact]
    public void Sources_answer_and_are_not_the_target() => Scenario.ForAll(s =>
    {
        foreach (var action in RepairPlanner.Plan(s.Dataset, s.Context).Actions)
        {
            Assert.True(action.Sources.Count <= RepairPlanner.SourcesMaximum);
            Assert.DoesNotContain(action.Node, action.Sources);
            Assert.All(action.Sources, id => Assert.True(s.Cluster.TryGet(id, out var node) && node.Answers));
        }
    });

    [Fact]
    public void Safe_mode_lets_only_checks_through() => Scenario.ForAll(s =>
    {
        var brakes = new BrakeDecision([new ActiveBrake(BrakeKind.SafeMode, "start")]);
        var plan = RepairPlanner.Plan(s.Dataset, s.Context with { Brakes = brakes });
        Assert.All(plan.Actions, a => Assert.Equal(ActionKind.Verify, a.Kind));
    });

    [Fact]
    public void The_same_input_gives_the_same_plan() => Scenario.ForAll(s =>
    {
        var (a, b) = (RepairPlanner.Plan(s.Dataset, s.Context), RepairPlanner.Plan(s.Dataset, s.Context));
        Assert.Equal(System.Text.Json.JsonSerializer.Serialize(a), System.Text.Json.JsonSerializer.Serialize(b));
    });

    [Fact]
    public void Every_plan_can_be_put_into_words() => Scenario.ForAll(s =>
        Assert.NotEmpty(PlanExplanation.Sentence(RepairPlanner.Plan(s.Dataset, s.Context))));

    /// <summary>
    /// Aim: with enough fit members every dataset reaches its target within days and then stays quiet. Method: all nodes are up and have room,
    /// one per member; a perfect world carries out each plan; a month passes in steps of an hour.
    /// </summary>
    [Fact]
    public void In_good_times_every_dataset_converges_and_floor_is_never_cut() => Scenario.ForAll(
        s =>
        {
            var cluster = ClusterView.From(Enumerable.Range(0, 9).Select(i => World.Node(i)));
            var rows = s.Dataset.Replicas.Where(r => cluster.TryGet(r.Node, out _)).ToList();
            var dataset = s.Dataset with { Policy = s.Policy with { DistinctBy = DistinctBy.Member, IncludeTags = [], ExcludeTags = [], MinimumDepth = VerificationDepth.Sample }, Replicas = rows };
            dataset = dataset with { Replicas = [.. rows, World.Replica(1)] };
            dataset = dataset with { Replicas = [.. dataset.Replicas.DistinctBy(r => r.Node)], LastTrimAt = null };
            for (var hour = 0; hour < 24 * 45; hour++)
            {
                var now = World.Now.AddHours(hour);
                var plan = RepairPlanner.Plan(dataset, new PlannerContext { Cluster = cluster, Now = now });
                dataset = Perfect.CarryOut(dataset.Note(plan.Health, now), plan, now);
                if (hour > 24 * 3)
                {
                    Assert.True(plan.Health.VerifiedIndependent >= dataset.Policy.Target, $"{plan.Health.Level} after {hour} hours");
                }
            }

            Assert.True(dataset.Replicas.Count(r => r.State == ReplicaState.Verified) <= dataset.Policy.Most);
        },
        runs: 20);

    private static string DomainOf(NodeView node, ReplicationPolicy policy) => policy.DistinctBy switch
    {
        DistinctBy.Member => node.Member.Value,
        DistinctBy.Site => $"{node.Member}/{node.Site}",
        DistinctBy.Country => node.Country ?? string.Empty,
        _ => node.Node.Value,
    };
}
