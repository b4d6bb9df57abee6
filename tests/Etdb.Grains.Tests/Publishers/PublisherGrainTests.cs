using Etdb.Grains.Publishers;
using Etdb.Simulation;

namespace Etdb.Grains.Tests.Publishers;

/// <summary>The pipeline into the ledger: durable before acknowledged, in order, patient, and again after a reorganisation.</summary>
public sealed class PublisherGrainTests : IDisposable
{
    private readonly World _world;

    public PublisherGrainTests()
    {
        var settings = new SimulationSettings { Seed = 3, Datasets = 1, Nodes = 3, Members = 3, Target = 2, Profile = FaultProfile.DisksOnly };
        _world = new World(settings, Setup.Options(settings));
        Setup.Found(_world);
    }

    [Fact]
    public void A_publication_becomes_final()
    {
        Assert.Equal(PublishAnswer.Accepted, Publish("r1", 5));
        _world.Silo.AdvanceBy(TimeSpan.FromHours(4));
        var status = Status("r1")!;
        Assert.Equal((PublicationPhase.Final, 5, 5), (status.Phase, status.Accepted, status.Total));
        Assert.True(status.Confirmations >= 100);
    }

    [Fact]
    public void The_same_publication_twice_is_taken_over_once()
    {
        Publish("r1", 2);
        Assert.Equal(PublishAnswer.AlreadyKnown, Publish("r1", 2));
        Assert.Single(_world.Read(g => g.GetGrain<IPublisherGrain>("F1").Get()).Publications);
    }

    [Fact]
    public void An_empty_publication_is_refused() => Assert.Equal(PublishAnswer.Refused, Publish("r1", 0));

    [Fact]
    public void A_ledger_that_does_not_answer_is_waited_for()
    {
        _world.Ledger.Down = true;
        Publish("r1", 3);
        _world.Silo.AdvanceBy(TimeSpan.FromHours(3));
        Assert.Equal(PublicationPhase.Queued, Status("r1")!.Phase);
        Assert.Equal("No answer.", Status("r1")!.Problem);
        _world.Ledger.Down = false;
        _world.Silo.AdvanceBy(TimeSpan.FromHours(6));
        Assert.Equal(PublicationPhase.Final, Status("r1")!.Phase);
    }

    [Fact]
    public void What_a_reorganisation_takes_back_is_broadcast_again()
    {
        Publish("r1", 3);
        _world.Silo.AdvanceBy(TimeSpan.FromMinutes(20));
        Assert.Equal(PublicationPhase.Confirming, Status("r1")!.Phase);
        _world.Ledger.Forget(DateTimeOffset.MinValue);
        Assert.Null(_world.Silo.Run(() => _world.Ledger.ConfirmationsAsync("r1-1", default)));
        _world.Silo.AdvanceBy(TimeSpan.FromMinutes(20));
        Assert.NotNull(_world.Silo.Run(() => _world.Ledger.ConfirmationsAsync("r1-1", default)));
        _world.Silo.AdvanceBy(TimeSpan.FromHours(4));
        Assert.Equal(PublicationPhase.Final, Status("r1")!.Phase);
    }

    [Fact]
    public void An_acknowledged_publication_survives_a_crash_at_any_turn()
    {
        for (var steps = 0; steps < 40; steps++)
        {
            var record = $"r{steps}";
            Assert.Equal(PublishAnswer.Accepted, Publish(record, 3));
            _world.CrashSilo(steps);
            _world.Silo.Run(() => _world.Silo.Grains.GetGrain<IPublisherGrain>("F1").Wake());
            _world.Silo.AdvanceBy(TimeSpan.FromHours(6));
            Assert.Equal(PublicationPhase.Final, Status(record)!.Phase);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _world.Dispose();

    private PublishAnswer Publish(string record, int transactions) => _world.Silo.Run(() => _world.Silo.Grains.GetGrain<IPublisherGrain>("F1").Publish(
        new Publication(record, "A record", [.. Enumerable.Range(1, transactions).Select(i => new SignedTransaction($"{record}-{i}", $"{record}-{i}"))])));

    private PublicationStatus? Status(string record) => _world.Read(g => g.GetGrain<IPublisherGrain>("F1").Status(record));
}
