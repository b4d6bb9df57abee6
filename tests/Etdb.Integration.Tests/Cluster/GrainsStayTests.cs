#if ORLEANS_MICROSOFT
using Etdb.Grains.Datasets;
using Etdb.Ledger.Flo;
using Etdb.Ledger.Flo.Rpc;
using Etdb.Silo.Hosting;
using Etdb.Testing;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Metadata;

namespace Etdb.Integration.Tests.Cluster;

/// <summary>The runtime carries grains that have calls waiting to another silo when theirs ends, with their state in its own form, which ours do not have: none is to be carried.</summary>
public sealed class GrainsStayTests
{
    [Fact]
    public async Task No_grain_is_carried_to_another_silo()
    {
        using var folder = new TemporaryFolder();
        var options = new SiloOptions { DataFolder = folder.Path, Listen = "http://127.0.0.1:0", Network = FloNetwork.Development.Name };
        await using var app = SiloHost.Build(options, new FloRpcOptions { Endpoint = new Uri("http://127.0.0.1:1") });
        var ours = app.Services.GetRequiredService<IClusterManifestProvider>().LocalGrainManifest.Grains
            .Where(g => g.Value.Properties[WellKnownGrainTypeProperties.FullTypeName].StartsWith(typeof(DatasetGrain).Namespace!.Split('.')[0], StringComparison.Ordinal))
            .ToList();
        Assert.Contains(ours, g => g.Value.Properties[WellKnownGrainTypeProperties.TypeName] == nameof(DatasetGrain));
        Assert.All(ours, g => Assert.Equal("3", g.Value.Properties[WellKnownGrainTypeProperties.Immovable]));
    }
}
#endif
