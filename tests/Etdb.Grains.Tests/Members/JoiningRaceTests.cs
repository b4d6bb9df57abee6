using Etdb.Domain.Membership;
using Etdb.Domain.Replication;
using Etdb.Grains.Members;
using Etdb.Grains.Nodes;
using Etdb.Grains.Ports;
using Etdb.Simulation;
using Etdb.Simulation.Model;

namespace Etdb.Grains.Tests.Members;

/// <summary>What happens to members and nodes when two things happen at once, or one of them stops half way.</summary>
public sealed class JoiningRaceTests : IDisposable
{
    private readonly World _world;

    public JoiningRaceTests()
    {
        var settings = new SimulationSettings { Seed = 22, Datasets = 1, Nodes = 4, Members = 4, Target = 3, Profile = FaultProfile.DisksOnly };
        _world = new World(settings, Setup.Options(settings));
        Setup.Found(_world);
        _world.Silo.AdvanceBy(TimeSpan.FromHours(1));
    }

    [Theory]
    [InlineData("sim://one", "sim://one", null)]
    [InlineData("sim://one", "sim://other", "one disk")]
    public void Of_two_members_that_bring_one_node_at_once_one_is_let_in(string rpc, string otherRpc, string? repository)
    {
        Offer("i1", "first");
        Offer("i2", "second");
        _world.Inspector.Seen = SimInspector.Good with { RepositoryId = repository };
        _world.Inspector.Before = ct => _world.DelayAsync(TimeSpan.FromSeconds(1), ct);
        AddNode("first-1");
        AddNode("second-1");
        var answers = _world.Silo.Run(() => Task.WhenAll(Grain("i1").Join(Request("first-1", rpc)), Grain("i2").Join(Request("second-1", otherRpc))));
        Assert.Equal([JoinOutcome.Joined, JoinOutcome.Refused], answers.Select(a => a.Outcome).Order());
        var refused = answers.Single(a => a.Outcome == JoinOutcome.Refused);
        Assert.Equal("identity", Assert.Single(refused.Checks, c => c.Result == CheckResult.Failed).Name);
        Assert.Single(Topology().Nodes, n => n.View.Member.Value is "first" or "second");
    }

    [Fact]
    public void A_repository_is_known_again_before_its_first_probe_and_free_again_when_its_member_has_left()
    {
        Offer("i1", "first");
        Offer("i2", "second");
        _world.Inspector.Seen = SimInspector.Good with { RepositoryId = "one disk", PeerId = "one peer" };
        Assert.Equal(JoinOutcome.Joined, Join("i1", "first-1").Outcome);
        _world.Inspector.Seen = SimInspector.Good with { RepositoryId = "said otherwise", PeerId = "one peer" };
        Assert.Equal(JoinOutcome.Refused, Join("i2", "second-1", checkOnly: true).Outcome);
        Assert.Equal(JoinOutcome.Refused, Join("i2", "second-1").Outcome);
        _world.Retry(() => Member("first").SetStanding(MemberStanding.Draining, "Ada", "closes"));
        _world.Retry(() => Member("first").Remove("Ada", "closed"));
        Assert.Equal(JoinOutcome.Joined, Join("i2", "second-1").Outcome);
    }

    [Fact]
    public void A_join_that_was_cut_off_does_not_keep_its_node_out_for_ever()
    {
        Offer("i1", "first");
        Offer("i2", "second");
        Assert.Null(_world.Silo.Run(() => Book.Claim(new NodeClaim("i1", "first-1", "sim://one", [], _world.Now), enter: true)));
        Assert.Equal(JoinOutcome.Refused, Join("i2", "second-1", "sim://one").Outcome);
        _world.Silo.AdvanceBy(TimeSpan.FromMinutes(6));
        Assert.Equal(JoinOutcome.Joined, Join("i2", "second-1", "sim://one").Outcome);
    }

    [Fact]
    public void A_node_that_answers_too_slowly_is_refused_with_the_reason()
    {
        Offer("i1", "first");
        _world.Inspector.Before = ct => _world.DelayAsync(TimeSpan.FromMinutes(1), ct);
        var answer = Join("i1", "first-1");
        Assert.Equal(JoinOutcome.Refused, answer.Outcome);
        Assert.Equal("reachability", Assert.Single(answer.Checks, c => c.Result == CheckResult.Failed).Name);
    }

    [Fact]
    public void Nobody_joins_a_member_that_is_leaving()
    {
        Offer("i1", "m1");
        _world.Retry(() => Member("m1").SetStanding(MemberStanding.Draining, "Ada", "closes"));
        Assert.Equal(JoinOutcome.Leaving, Join("i1", "m1-2").Outcome);
        _world.Retry(() => Member("m1").SetStanding(MemberStanding.Active, "Ada", "stays"));
        Assert.Equal(JoinOutcome.Joined, Join("i1", "m1-2").Outcome);
    }

    [Theory]
    [InlineData(1L << 30, 1L << 31)]
    [InlineData(1L << 29, null)]
    public void What_the_operator_offers_is_what_must_have_room(long capacity, long? pledge)
    {
        Offer("i1", "first");
        var answer = _world.Silo.Run(() => Grain("i1").Join(Request("first-1", "sim://one") with { CapacityBytes = capacity, PledgeBytes = pledge }));
        Assert.Equal("space", Assert.Single(answer.Checks, c => c.Result == CheckResult.Failed).Name);
    }

    [Fact]
    public void More_than_a_node_says_it_may_hold_is_never_put_there()
    {
        Offer("i1", "first");
        AddNode("first-1");
        _world.Silo.Run(() => Grain("i1").Join(Request("first-1", "sim://first-1") with { CapacityBytes = 1L << 50 }));
        _world.Silo.AdvanceBy(TimeSpan.FromMinutes(10));
        Assert.Equal(_world.Nodes[new NodeId("first-1")].CapacityBytes, View("first-1")!.CapacityBytes);
    }

    /// <summary>A node that does not answer is asked for as long as the limit allows: its member is likely to leave meanwhile.</summary>
    [Fact]
    public void A_node_taken_out_while_it_is_probed_stays_out()
    {
        _world.Retry(() => Member("m1").SetStanding(MemberStanding.Draining, "Ada", "closes"));
        _world.Nodes[new NodeId("n01")].Slowness = 20;
        var look = _world.Silo.Grains.GetGrain<INodeGrain>("n01").Look();
        _world.Silo.RunUntilIdle();
        Assert.False(look.IsCompleted);
        _world.Silo.Run(() => Member("m1").Remove("Ada", "closed"));
        Assert.Null(View("n01"));
        _world.Silo.AdvanceBy(TimeSpan.FromMinutes(10));
        Assert.True(look.IsCompletedSuccessfully);
        Assert.Null(View("n01"));
    }

    /// <summary>Cut off anywhere between its own write and what its nodes hear, a member and its nodes agree again without anybody's help.</summary>
    [Fact]
    public void A_crash_at_any_turn_leaves_no_node_in_another_standing_than_its_member()
    {
        var (heard, lost) = (0, 0);
        for (var steps = 0; steps < 40; steps++)
        {
            var wanted = steps % 2 == 0 ? MemberStanding.Draining : MemberStanding.Active;
            _ = Member("m1").SetStanding(wanted, "Ada", "to and fro");
            _world.CrashSilo(steps);
            _world.Silo.AdvanceBy(2 * _world.Options.ProbeInterval);
            var standing = _world.Read(g => g.GetGrain<IMemberGrain>("m1").Get())!.Standing;
            Assert.True((standing == MemberStanding.Draining) == View("n01")!.IsExiting, $"After {steps} turns n01 is {View("n01")}, its member {standing}.");
            (heard, lost) = standing == wanted ? (heard + 1, lost) : (heard, lost + 1);
            _world.Retry(() => Member("m1").SetStanding(wanted, "Ada", "to and fro"));
        }

        Assert.True(heard > 0 && lost > 0, $"{heard} were kept, {lost} were not: the crashes did not cover both.");
    }

    /// <inheritdoc/>
    public void Dispose() => _world.Dispose();

    private IInviteBookGrain Book => _world.Silo.Grains.GetGrain<IInviteBookGrain>(IInviteBookGrain.Key);

    private void Offer(string id, string member) => _world.Silo.Run(() => Grain(id).Open(new InviteTerms(member, "A Library", "NL", _world.Now + TimeSpan.FromDays(7), "Ada", _world.Now)));

    private JoinAnswer Join(string invite, string node, string? rpc = null, bool checkOnly = false)
    {
        AddNode(node);
        return _world.Silo.Run(() => Grain(invite).Join(Request(node, rpc ?? $"sim://{node}") with { CheckOnly = checkOnly }));
    }

    private void AddNode(string node) => _world.Nodes.TryAdd(new NodeId(node), new SimNode(new NodeId(node), new MemberId("any"), "NL", 1L << 42));

    private static JoinRequest Request(string node, string rpc)
        => new(new NodeEndpoint(new NodeId(node), rpc, null, null), null, null, [], null, null, null, "it@example.org", TimeSpan.Zero, CheckOnly: false);

    private IInviteGrain Grain(string id) => _world.Silo.Grains.GetGrain<IInviteGrain>(id);

    private IMemberGrain Member(string id) => _world.Silo.Grains.GetGrain<IMemberGrain>(id);

    private NodeView? View(string node) => Topology().Nodes.FirstOrDefault(n => n.View.Node.Value == node)?.View;

    private Topology Topology() => _world.Read(g => g.GetGrain<IRegistryGrain>(IRegistryGrain.Key).Read(-1))!;
}
