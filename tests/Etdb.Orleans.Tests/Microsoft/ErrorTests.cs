using Etdb.Grains;
using Etdb.Storage.Grains;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Orleans;
using Orleans.Runtime;
using Orleans.Serialization;
using Orleans.Storage;

namespace Etdb.Orleans.Tests.Messages;

/// <summary>Failures that a grain of another silo answers with are still told apart: what will pass is asked again (503), what will not is a defect.</summary>
public sealed class ErrorTests
{
    private static readonly ServiceProvider Services = new ServiceCollection().AddSerializer(static b => b.AddAssembly(typeof(IClusterGrain).Assembly)).AddEtdbMessages().BuildServiceProvider();

    public static TheoryData<string> Names() => [.. Failures().Select(static f => f.GetType().Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_failure_keeps_its_type_and_its_message(string name)
    {
        var failure = Failures().First(f => f.GetType().Name == name);
        var serializer = Services.GetRequiredService<Serializer>();
        var back = serializer.Deserialize<Exception>(serializer.SerializeToArray(failure))!;
        Assert.Equal(failure.GetType(), back.GetType());
        Assert.Equal(failure.Message, back.Message);
        Assert.Equal(failure.InnerException?.GetType(), back.InnerException?.GetType());
    }

    private static IEnumerable<Exception> Failures() =>
    [
        new GrainStorageException("the disk is full", new IOException("no space")),
        new CorruptGrainStateException("row 7 is not what was written"),
        new InconsistentStateException("changed by another", "2", "1"),
        new OrleansException("the state could not be written", new GrainStorageException("the disk is full")),
        new TimeoutException("no answer"),
        new SiloUnavailableException("it stops"),
        new NpgsqlException("the server has gone"),
    ];
}
