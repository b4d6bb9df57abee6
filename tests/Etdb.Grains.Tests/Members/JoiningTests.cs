using Etdb.Domain.Membership;
using Etdb.Domain.Records;
using Etdb.Domain.Replication;
using Etdb.Grains.Datasets;
using Etdb.Grains.Members;
using Etdb.Grains.Nodes;
using Etdb.Grains.Ports;
using Etdb.Simulation;
using Etdb.Simulation.Model;

namespace Etdb.Grains.Tests.Members;

/// <summary>Joining by invitation, probation and leaving, with the real grains on virtual time.</summary>
public sealed class JoiningTests : IDisposable
{
    private readonly World _world;

    public JoiningTests()
    {
        var settings = new SimulationSettings { Seed = 21, Datasets = 6, Nodes = 4, Members = 4, Target = 3, Profile = FaultProfile.DisksOnly };
        _world = new World(settings, Setup.Options(settings));
        Setup.Found(_world);
        for (var i = 0; i < 6; i++)
        {
            _world.Publish();
        }

        _world.Silo.AdvanceBy(TimeSpan.FromHours(12));
    }

    [Fact]
    public void A_good_node_joins_once_and_its_member_is_on_probation()
    {
        Offer("i1");
        var answer = Join("i1", "new-1");
        Assert.Equal((JoinOutcome.Joined, "new", "new-1", MemberStanding.Probation), (answer.Outcome, answer.Member, answer.Node, answer.Standing!.Value));
        Assert.Equal(JoinOutcome.Used, Join("i1", "new-1").Outcome);
        Assert.Equal(JoinOutcome.Used, Join("i1", "new-2").Outcome);
        Assert.Equal(InvitePhase.Used, Invite("i1")!.Phase);
        Assert.Contains(Topology().Nodes, n => n.View.Node.Value == "new-1" && n.View.IsOnProbation);
        Assert.DoesNotContain(Topology().Nodes, n => n.View.Node.Value == "new-2");
    }

    [Fact]
    public void A_node_that_fails_is_told_why_and_may_come_again()
    {
        Offer("i1");
        _world.Inspector.Seen = SimInspector.Good with { CollectsGarbage = true };
        var refused = Join("i1", "new-1");
        Assert.Equal(JoinOutcome.Refused, refused.Outcome);
        Assert.Equal("garbage", Assert.Single(refused.Checks, c => c.Result == CheckResult.Failed).Name);
        Assert.Null(_world.Read(g => g.GetGrain<IMemberGrain>("new").Get()));
        Assert.DoesNotContain(Topology().Nodes, n => n.View.Node.Value == "new-1");
        _world.Inspector.Seen = SimInspector.Good;
        Assert.Equal(JoinOutcome.WouldJoin, Join("i1", "new-1", checkOnly: true).Outcome);
        Assert.Equal(JoinOutcome.Joined, Join("i1", "new-1").Outcome);
    }

    [Fact]
    public void Invitations_that_are_unknown_expired_or_taken_back_let_nobody_in()
    {
        Assert.Equal(JoinOutcome.Unknown, Join("never", "new-1").Outcome);
        Offer("late");
        Offer("gone");
        Assert.True(_world.Silo.Run(() => Grain("gone").Revoke("Ada", "a mistake")));
        Assert.Equal(JoinOutcome.Revoked, Join("gone", "new-1").Outcome);
        _world.Silo.AdvanceBy(TimeSpan.FromDays(8));
        Assert.Equal(JoinOutcome.Expired, Join("late", "new-1").Outcome);
        Offer("used");
        Join("used", "new-1");
        Assert.False(_world.Silo.Run(() => Grain("used").Revoke("Ada", "too late")));
    }

    [Fact]
    public void The_same_node_or_repository_is_not_let_in_twice()
    {
        Offer("i1");
        Offer("i2");
        Offer("i3");
        Join("i1", "new-1");
        _world.Silo.AdvanceBy(TimeSpan.FromHours(6));
        Assert.Equal("identity", Failed(Join("i2", "new-2", rpc: "sim://new-1")));
        _world.Inspector.Seen = SimInspector.Good with { RepositoryId = _world.Nodes[new NodeId("n01")].RepositoryId };
        Assert.Equal("identity", Failed(Join("i3", "new-3")));
    }

    [Fact]
    public void A_crash_at_any_turn_leaves_a_node_joined_whole_or_not_at_all()
    {
        var (whole, none) = (0, 0);
        for (var steps = 0; steps < 60; steps++)
        {
            var (invite, node) = ($"c{steps}", $"crash-{steps}");
            Offer(invite, member: node);
            AddNode(node);
            _ = _world.Silo.Grains.GetGrain<IInviteGrain>(invite).Join(Request(node, $"sim://{node}", checkOnly: false));
            _world.CrashSilo(steps);
            var accepted = Invite(invite)!.Phase != InvitePhase.Open;
            _world.Silo.AdvanceBy(TimeSpan.FromMinutes(3));
            var phase = Invite(invite)!.Phase;
            var joined = Topology().Nodes.Any(n => n.View.Node.Value == node);
            var member = _world.Read(g => g.GetGrain<IMemberGrain>(node).Get());
            Assert.Equal(accepted ? InvitePhase.Used : InvitePhase.Open, phase);
            Assert.Equal(accepted, joined);
            Assert.Equal(accepted, member?.Nodes.Contains(node) == true);
            (whole, none) = accepted ? (whole + 1, none) : (whole, none + 1);
        }

        Assert.True(whole > 0 && none > 0, $"{whole} joined whole, {none} not at all: the crashes did not cover both.");
    }

    [Fact]
    public void A_node_on_probation_is_given_trial_copies_that_count_only_when_it_has_passed()
    {
        Offer("i1");
        Join("i1", "new-1");
        _world.Silo.AdvanceBy(TimeSpan.FromDays(9));
        var held = _world.Nodes[new NodeId("new-1")].Pins.Count;
        Assert.InRange(held, 1, 6);
        Assert.All(Details(), d => Assert.All(d.Replicas.Where(r => r.Node.Value == "new-1"), r => Assert.False(r.Counts)));
        Assert.All(Details(), d => Assert.Equal(3, d.HealthyReplicas));
        Assert.Equal(MemberStanding.Probation, Member("new")!.Standing);
        Assert.NotEmpty(Member("new")!.Probation!);
        _world.Silo.AdvanceBy(TimeSpan.FromDays(20));
        Assert.Equal(MemberStanding.Active, Member("new")!.Standing);
        Assert.DoesNotContain(Topology().Nodes, n => n.View.IsOnProbation);
    }

    [Fact]
    public void A_node_that_loses_what_it_was_given_stays_on_probation()
    {
        Offer("i1");
        Join("i1", "new-1");
        _world.Silo.AdvanceBy(TimeSpan.FromDays(10));
        var node = _world.Nodes[new NodeId("new-1")];
        foreach (var content in node.Pins.Values.ToList())
        {
            node.Damage(content.Root, 0, BlockState.Absent, _world.Now);
        }

        _world.Silo.AdvanceBy(TimeSpan.FromDays(13));
        Assert.Equal(MemberStanding.Probation, Member("new")!.Standing);
    }

    [Fact]
    public void A_member_that_leaves_is_emptied_and_then_removed()
    {
        _world.Retry(() => _world.Silo.Grains.GetGrain<IMemberGrain>("m1").SetStanding(MemberStanding.Draining, "Ada", "closes"));
        _world.Silo.AdvanceBy(TimeSpan.FromDays(2));
        Assert.All(Details(), d => Assert.True(d.Replicas.Count(r => r.Counts && r.Node.Value != "n01") >= 3));
        _world.Retry(() => _world.Silo.Grains.GetGrain<IMemberGrain>("m1").Remove("Ada", "closed"));
        Assert.DoesNotContain(Topology().Nodes, n => n.View.Node.Value == "n01");
        Assert.Equal(MemberStanding.Left, Member("m1")!.Standing);
        _world.Silo.Crash();
        _world.Silo.Start();
        _world.StartCluster();
        _world.Silo.AdvanceBy(TimeSpan.FromDays(5));
        Assert.DoesNotContain(Topology().Nodes, n => n.View.Node.Value == "n01");
        Assert.All(Details(), d => Assert.Equal("healthy", d.State));
    }

    /// <inheritdoc/>
    public void Dispose() => _world.Dispose();

    private static string Failed(JoinAnswer answer) => Assert.Single(answer.Checks, c => c.Result == CheckResult.Failed).Name;

    private void Offer(string id, string member = "new") => _world.Silo.Run(() => Grain(id).Open(new InviteTerms(member, "New Library", "NL", _world.Now + TimeSpan.FromDays(7), "Ada", _world.Now)));

    private JoinAnswer Join(string invite, string node, string? rpc = null, bool checkOnly = false)
    {
        AddNode(node);
        return _world.Silo.Run(() => Grain(invite).Join(Request(node, rpc ?? $"sim://{node}", checkOnly)));
    }

    private void AddNode(string node) => _world.Nodes.TryAdd(new NodeId(node), new SimNode(new NodeId(node), new MemberId("new"), "NL", 1L << 42));

    private static JoinRequest Request(string node, string rpc, bool checkOnly)
        => new(new NodeEndpoint(new NodeId(node), rpc, null, null), null, null, [], null, null, null, "it@example.org", TimeSpan.Zero, checkOnly);

    private IInviteGrain Grain(string id) => _world.Silo.Grains.GetGrain<IInviteGrain>(id);

    private InviteView? Invite(string id) => _world.Read(g => g.GetGrain<IInviteGrain>(id).Get());

    private MemberView? Member(string id) => _world.Read(g => g.GetGrain<IMemberGrain>(id).Get());

    private Topology Topology() => _world.Read(g => g.GetGrain<IRegistryGrain>(IRegistryGrain.Key).Read(-1))!;

    private List<DatasetDetail> Details() => [.. _world.Published.Keys.Select(id => _world.Read(g => g.GetGrain<IDatasetGrain>(id.Value).Get())!)];
}
