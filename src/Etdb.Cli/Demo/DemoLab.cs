using Etdb.Cli.Demo.Samples;
using Etdb.Cli.Publish;
using Etdb.Cli.Remote;
using Etdb.Ipfs.Fetch;
using Etdb.Ipfs.Kubo;
using Etdb.Ledger.Flo;
using Etdb.Ledger.Flo.Rpc;
using Etdb.Ledger.Publishing.Pipeline;
using Etdb.Ledger.Publishing.Wallet;
using Etdb.Silo.Hosting;

namespace Etdb.Cli.Demo;

/// <summary>The demo's lab: makes its dataset folders and publishes each once, the way <c>etdb publish</c> does.</summary>
internal sealed class DemoLab(DemoWorld world, DemoSettings settings, DataFolder folder, DemoVoice voice, TimeProvider time)
{
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(5);
    private static readonly PublishWishes Wishes = new() { Patience = TimeSpan.FromMinutes(10), LookEvery = TimeSpan.FromMilliseconds(100) };

    /// <summary>Publishes what is not published yet; the ids of all datasets in order.</summary>
    public async Task<IReadOnlyList<string>> PublishAsync(CancellationToken ct)
    {
        var samples = new SampleDatasets(folder.At("lab", "datasets"), settings.RealData, settings.Seed);
        var folders = await samples.EnsureAsync(settings.Datasets, title => voice.Say("start", $"the lab made '{title}'"), ct);
        using var http = HttpPool.Create(ConnectLimit);
        using var flo = FloRpcClient.Create(world.Ledger.ClientOptions(), time);
        using var silo = new SiloClient(world.Address, null);
        var endpoint = world.Nodes.Endpoint(DemoNodes.Lab);
        var node = new KuboClient(http, new KuboEndpoint(new Uri(endpoint.Rpc), new Uri(endpoint.Gateway!), null), new KuboClientOptions { Time = time });
        var signer = new LocalSigner(world.LabKey);
        using var state = PublishState.Open(folder.At("lab", "plans"));
        var carrier = new SiloCarrier(silo, DigestMessageSigner.AddressOf(signer, FloNetwork.Development).Text, time);
        var publisher = new DatasetPublisher(new LabFiles(node), flo, carrier, signer, FloNetwork.Development, new PublishingOptions(), state, time);
        await NameAsync(publisher, ct);
        var ids = new List<string>();
        foreach (var dataset in folders)
        {
            ids.Add(await PublishOneAsync(publisher, dataset, ct));
        }

        return ids;
    }

    /// <summary>Gives the lab's address its name in the ledger, once.</summary>
    private async Task NameAsync(DatasetPublisher publisher, CancellationToken ct)
    {
        var named = folder.At("lab", "named");
        if (!File.Exists(named))
        {
            await publisher.RegisterAsync(DemoMembers.LabName, Wishes, ct);
            await File.WriteAllBytesAsync(named, [], ct);
            voice.Say("publish", $"the lab's address is registered as '{DemoMembers.LabName}'");
        }
    }

    private async Task<string> PublishOneAsync(DatasetPublisher publisher, string dataset, CancellationToken ct)
    {
        var history = publisher.Read(dataset);
        if (history is { Record: { } known, Journal.Stage: PublicationStage.Confirming or PublicationStage.Final })
        {
            return known; // handed over: the silo watches it
        }

        (history, _) = await publisher.PublishAsync(dataset, DatasetManifest.Read(dataset), history, Wishes, null, ct);
        var (journal, cost) = (history.Journal!, history.Journal!.Cost);
        voice.Say("publish", $"'{journal.Title}' {history.Record![..10]}… root {history.Root}: {cost.Transactions} transactions, {cost.FloDataBytes} bytes of floData, fee {Money.ToFlo(cost.FeeSatoshis)} FLO");
        return history.Record;
    }
}
