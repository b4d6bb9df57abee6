using Etdb.Domain.Records;
using Etdb.Domain.Replication;
using Etdb.Grains.Datasets;
using Etdb.Grains.Publishers;
using Etdb.Simulation;

namespace Etdb.Grains.Tests.Publishers;

/// <summary>Wishes and quotas: whose policy holds, wishes nobody can fulfil, numbers out of range; told to every dataset, through crashes too.</summary>
public sealed class PublisherTermsTests : IDisposable
{
    private readonly World _world;
    private readonly string _publisher;

    public PublisherTermsTests()
    {
        var settings = new SimulationSettings { Seed = 21, Datasets = 6, Nodes = 4, Members = 4, Target = 2, Profile = FaultProfile.DisksOnly };
        _world = new World(settings, Setup.Options(settings));
        Setup.Found(_world);
        for (var i = 0; i < 6; i++)
        {
            _world.Publish();
        }

        _world.Silo.AdvanceBy(TimeSpan.FromDays(1));
        _publisher = Detail(Ids()[0]).Publisher;
    }

    [Fact]
    public void The_datasets_own_policy_holds_before_its_publishers_before_the_consortiums()
    {
        var (first, second) = (Ids()[0], Ids()[1]);
        Assert.Equal((PolicySource.Consortium, 2), (Policy(first).Source, Policy(first).Holds.Target));
        SetPublishers(Wish(3));
        _world.Silo.AdvanceBy(TimeSpan.FromHours(1));
        SetOwn(first, Wish(4));
        Assert.Equal((PolicySource.Dataset, 4), (Policy(first).Source, Policy(first).Holds.Target));
        Assert.Equal((PolicySource.Publisher, 3), (Policy(second).Source, Policy(second).Holds.Target));
        _world.Silo.AdvanceBy(TimeSpan.FromDays(1));
        Assert.Equal((4, 3), (Detail(first).HealthyReplicas, Detail(second).HealthyReplicas));
        SetOwn(first, null);
        SetPublishers(null);
        _world.Silo.AdvanceBy(TimeSpan.FromHours(1));
        Assert.All(Ids(), id => Assert.Equal(PolicySource.Consortium, Policy(id).Source));
        Assert.Empty(_world.Checks.Violations);
    }

    [Fact]
    public void A_target_above_the_members_is_a_wish_that_waits_and_says_for_what()
    {
        SetOwn(Ids()[0], Wish(5));
        _world.Silo.AdvanceBy(TimeSpan.FromDays(1));
        var why = Why(Ids()[0]);
        Assert.Equal(4, why.Detail.HealthyReplicas);
        Assert.Contains("Waiting for members: 4 of 5.", why.NotYet.Select(n => n.Text));
        Assert.Empty(why.Doing);
        SetOwn(Ids()[1], Wish(2) with { IncludeTags = ["nowhere"], ExcludeTags = ["nowhere"] });
        _world.Silo.AdvanceBy(TimeSpan.FromDays(1));
        var contradictory = Why(Ids()[1]);
        Assert.Contains("Waiting for members: 0 of 2.", contradictory.NotYet.Select(n => n.Text));
        Assert.Equal(2, contradictory.Detail.RetrievableReplicas);
        Assert.Equal(2, _world.Nodes.Values.Count(n => !n.SourceOnly && n.Pins.ContainsKey(contradictory.Detail.Record.Root!.Value)));
    }

    [Fact]
    public void Numbers_out_of_range_are_refused_with_the_range_and_change_nothing()
    {
        var bad = Assert.Throws<ArgumentException>(() => SetOwn(Ids()[0], Wish(2) with { Target = 33, Most = 40 }));
        Assert.Contains("Target is 33; allowed is 1 to 32.", bad.Message, StringComparison.Ordinal);
        Assert.Contains("allowed is 1 to", Assert.Throws<ArgumentException>(() => SetPublishers(Wish(2) with { Floor = 0 })).Message, StringComparison.Ordinal);
        Assert.Contains("MostDatasets is -1; allowed is 0 to", Assert.Throws<ArgumentException>(() => SetQuota(new PublisherQuota(-1, null))).Message, StringComparison.Ordinal);
        _world.Silo.AdvanceBy(TimeSpan.FromHours(1));
        Assert.All(Ids(), id => Assert.Equal((PolicySource.Consortium, 2), (Policy(id).Source, Policy(id).Holds.Target)));
    }

    [Fact]
    public void A_dataset_that_appears_later_hears_of_its_publishers_policy()
    {
        SetPublishers(Wish(3));
        _world.Publish();
        _world.Silo.AdvanceBy(TimeSpan.FromDays(1));
        Assert.Equal(7, Ids().Count);
        Assert.All(Ids(), id => Assert.Equal((PolicySource.Publisher, 3), (Policy(id).Source, Detail(id).HealthyReplicas)));
    }

    [Fact]
    public void A_crash_at_any_turn_delays_the_telling_and_loses_none_of_it()
    {
        for (var steps = 0; steps < 30; steps++)
        {
            var target = 2 + (steps % 2);
            SetPublishers(Wish(target));
            _world.CrashSilo(steps);
            _world.Silo.Run(() => _world.Silo.Grains.GetGrain<IPublisherGrain>(_publisher).Wake());
            _world.Silo.AdvanceBy(TimeSpan.FromHours(1));
            Assert.All(Ids(), id => Assert.Equal((PolicySource.Publisher, target), (Policy(id).Source, Policy(id).Holds.Target)));
            Assert.False(Standing().Telling);
        }
    }

    [Fact]
    public void Beyond_the_quota_no_first_copies_are_made_and_nothing_that_is_kept_is_let_go()
    {
        SetQuota(new PublisherQuota(4, null));
        _world.Publish();
        _world.Silo.AdvanceBy(TimeSpan.FromDays(2));
        Assert.Equal((7, 3), (Standing().Datasets, Standing().Beyond));
        Assert.Equal(6, Ids().Count(id => Detail(id).HealthyReplicas == 2));
        var late = Ids().Single(id => Detail(id).HealthyReplicas == 0);
        Assert.Contains(Why(late).NotYet, n => n.Reason == "over-quota" && n.Text.Contains("4 datasets", StringComparison.Ordinal));
        SetQuota(null);
        _world.Silo.AdvanceBy(TimeSpan.FromDays(1));
        Assert.Equal(2, Detail(late).HealthyReplicas);
        Assert.Empty(_world.Checks.Violations);
    }

    [Fact]
    public void Every_wish_is_in_the_evidence_with_author_and_reason()
    {
        SetOwn(Ids()[0], Wish(3));
        SetPublishers(Wish(3));
        SetQuota(new PublisherQuota(100, 1L << 40));
        foreach (var outcome in new[] { "policy-set", "publisher-policy-set", "quota-set" })
        {
            var entry = Assert.Single(_world.Evidence.Acts, e => e.Outcome == outcome);
            Assert.Equal(("operator", "ann"), (entry.Kind, entry.Author));
            Assert.Contains("agreed in May", entry.Detail, StringComparison.Ordinal);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _world.Dispose();

    private static ReplicationPolicy Wish(int target) => new() { Target = target, Floor = 1, Most = Math.Max(target, 6) };

    private List<DatasetId> Ids() => [.. _world.Published.Keys.OrderBy(d => d.Value, StringComparer.Ordinal)];

    private void SetOwn(DatasetId id, ReplicationPolicy? policy) => _world.Silo.Run(() => _world.Silo.Grains.GetGrain<IDatasetGrain>(id.Value).SetPolicy(policy, "ann", "agreed in May"));

    private void SetPublishers(ReplicationPolicy? policy) => _world.Silo.Run(() => _world.Silo.Grains.GetGrain<IPublisherGrain>(_publisher).SetPolicy(policy, "ann", "agreed in May"));

    private void SetQuota(PublisherQuota? quota) => _world.Silo.Run(() => _world.Silo.Grains.GetGrain<IPublisherGrain>(_publisher).SetQuota(quota, "ann", "agreed in May"));

    private DatasetPolicy Policy(DatasetId id) => _world.Read(g => g.GetGrain<IDatasetGrain>(id.Value).Policy());

    private DatasetDetail Detail(DatasetId id) => _world.Read(g => g.GetGrain<IDatasetGrain>(id.Value).Get())!;

    private DatasetWhy Why(DatasetId id) => _world.Read(g => g.GetGrain<IDatasetGrain>(id.Value).Why())!;

    private PublisherStanding Standing() => _world.Read(g => g.GetGrain<IPublisherGrain>(_publisher).Standing());
}
