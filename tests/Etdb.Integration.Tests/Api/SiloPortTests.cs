using Etdb.Silo.Hosting;
using Etdb.Storage.Grains;

namespace Etdb.Integration.Tests.Api;

/// <summary>The embedded grain runtime is one process: ports for other silos are refused in words before anything starts.</summary>
public sealed class SiloPortTests
{
    [Fact]
    public void Ports_between_silos_are_refused_by_the_embedded_runtime_only()
    {
        var options = new SiloOptions { DataFolder = "/nowhere", Network = "regtest", LedgerRpc = "http://127.0.0.1:9", SiloPort = 11111 };
        var result = new SiloOptionsValidator().Validate(null, options);
        Assert.Equal(GrainRuntimeInfo.Name == "Embedded", result.Failed);
        Assert.All(result.Failures ?? [], f => Assert.Contains("embedded grain runtime, which is one process", f));
    }
}
