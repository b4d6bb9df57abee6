using Etdb.Cli.Demo.Samples;
using Etdb.Cli.Publish;
using Etdb.Cli.Remote;
using Etdb.Ipfs.Fetch;
using Etdb.Ipfs.Kubo;
using Etdb.Ledger.Flo;
using Etdb.Ledger.Flo.Rpc;
using Etdb.Silo.Hosting;

namespace Etdb.Cli.Demo;

/// <summary>The demo's lab: makes its dataset folders and publishes each once, the way <c>etdb publish</c> does.</summary>
internal sealed class DemoLab(DemoWorld world, DemoSettings settings, DataFolder folder, DemoVoice voice, TimeProvider time)
{
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(5);

    /// <summary>Publishes what is not published yet; the ids of all datasets in order.</summary>
    public async Task<IReadOnlyList<string>> PublishAsync(CancellationToken ct)
    {
        var samples = new SampleDatasets(folder.At("lab", "datasets"), settings.RealData, settings.Seed);
        var folders = await samples.EnsureAsync(settings.Datasets, title => voice.Say("start", $"the lab made '{title}'"), ct);
        Directory.CreateDirectory(folder.At("lab", "plans"));
        using var http = HttpPool.Create(ConnectLimit);
        using var flo = FloRpcClient.Create(world.Ledger.ClientOptions(), time);
        using var silo = new SiloClient(world.Address, null);
        var endpoint = world.Nodes.Endpoint(DemoNodes.Lab);
        var node = new KuboClient(http, new KuboEndpoint(new Uri(endpoint.Rpc), new Uri(endpoint.Gateway!), null), new KuboClientOptions { Time = time });
        var publisher = new LabPublisher(node, flo, world.LabKey, FloNetwork.Development, time);
        var sink = new SiloSink(silo, time);
        var ids = new List<string>();
        foreach (var dataset in folders)
        {
            ids.Add(await PublishOneAsync(publisher, sink, dataset, ct));
        }

        return ids;
    }

    private async Task<string> PublishOneAsync(LabPublisher publisher, SiloSink sink, string dataset, CancellationToken ct)
    {
        var path = folder.At("lab", "plans", Path.GetFileName(dataset) + ".json");
        if (File.Exists(path + ".sent"))
        {
            return PlanFile.Read(path)!.Plan.RecordTxid;
        }

        var plan = PlanFile.Read(path);
        if (plan is null)
        {
            var manifest = DatasetManifest.Read(dataset);
            var files = await publisher.AddFilesAsync(dataset, null, ct);
            plan = await publisher.PlanAsync(dataset, manifest, files.Cid, ct);
            plan.Write(path);
        }

        await sink.SendAsync(publisher.Address, plan.Title, plan.Plan, ct);
        await File.WriteAllBytesAsync(path + ".sent", [], ct);
        var cost = plan.Plan.Cost;
        voice.Say("publish", $"'{plan.Title}' {plan.Plan.RecordTxid[..10]}… root {plan.Root}: {cost.Transactions} transactions, {cost.FloDataBytes} bytes of floData, fee {Money.ToFlo(cost.FeeSatoshis)} FLO");
        return plan.Plan.RecordTxid;
    }
}
