using System.Security.Cryptography;
using Etdb.Cli.Demo;
using Etdb.Cli.Publish;
using Etdb.Cli.Remote;
using Etdb.Ipfs.Fetch;
using Etdb.Ipfs.Kubo;
using Etdb.Ledger.DevChain;
using Etdb.Ledger.DevChain.Rpc;
using Etdb.Ledger.Flo;
using Etdb.Ledger.Flo.Crypto;
using Etdb.Ledger.Flo.Rpc;
using Etdb.Ledger.Publishing.Pipeline;
using Etdb.Ledger.Publishing.Wallet;
using Etdb.Silo.Hosting;
using Etdb.Testing;

namespace Etdb.Integration.Tests.Cluster;

/// <summary>What is around the silos under test, in this process: a development chain that mines, members' nodes, a lab that publishes small datasets.</summary>
internal sealed class LabWorld : IAsyncDisposable
{
    private const int FirstBlocks = 140;
    private static readonly TimeSpan BlockEvery = TimeSpan.FromMilliseconds(400);
    private static readonly PublishWishes Wishes = new() { Patience = TimeSpan.FromMinutes(10), LookEvery = TimeSpan.FromMilliseconds(100) };

    private readonly CancellationTokenSource _stopping = new();
    private readonly TemporaryFolder _folder = new();
    private readonly DataFolder _data;
    private readonly DevelopmentChain _chain;
    private readonly FloKey _labKey = FloKey.FromSecret(SHA256.HashData("etdb test lab"u8));
    private readonly HttpClient _http = HttpPool.Create(TimeSpan.FromSeconds(5));
    private readonly SemaphoreSlim _publishing = new(1); // One lab spends its coins one publication after the other.
    private DevChainRpcServer? _rpc;
    private Task _mining = Task.CompletedTask;
    private int _made;

    private LabWorld()
    {
        _data = DataFolder.Open(_folder.At("world"), "test");
        _chain = DevelopmentChain.Open(new DevelopmentChainOptions { DataFolder = _data.At("chain") }, TimeProvider.System);
        Nodes = new DemoNodes(_data, TimeProvider.System);
    }

    public DemoNodes Nodes { get; }

    public IReadOnlyList<DemoMember> Members { get; private set; } = [];

    public string LedgerRpc => _rpc!.Endpoint.ToString();

    /// <summary>The cookie file of the chain's RPC.</summary>
    public string Cookie => _data.At("cookie", ".cookie");

    /// <summary>A folder for whoever needs one.</summary>
    public string At(params ReadOnlySpan<string> parts) => _folder.At(parts);

    public static async Task<LabWorld> StartAsync(int members, CancellationToken ct)
    {
        var world = new LabWorld();
        try
        {
            Directory.CreateDirectory(world._data.At("cookie"));
            world._rpc = await DevChainRpcServer.StartAsync(world._chain, new DevChainRpcOptions { CookieFolder = world._data.At("cookie") }, TimeProvider.System, ct);
            world._chain.Mine(FirstBlocks, world._labKey.Address(FloNetwork.Development).ToScript(), default, ct);
            using var miner = FloKey.FromSecret(SHA256.HashData("etdb test miner"u8));
            world._mining = world._chain.MineByTimerAsync(BlockEvery, miner.Address(FloNetwork.Development).ToScript(), emptyBlocks: false, world._stopping.Token);
            world.Members = DemoMembers.First(members);
            await Task.WhenAll(world.Members.Select(m => m.Node).Append(DemoNodes.Lab).Select(n => world.Nodes.StartAsync(n, ct)));
            return world;
        }
        catch
        {
            await world.DisposeAsync();
            throw;
        }
    }

    /// <summary>Publishes a new small dataset through that silo; returns its id once the silo has broadcast it.</summary>
    public async Task<string> PublishAsync(Uri silo, CancellationToken ct)
    {
        await _publishing.WaitAsync(ct);
        try
        {
            var number = ++_made;
            var folder = _folder.At("datasets", $"{number:0000}");
            Directory.CreateDirectory(folder);
            await File.WriteAllBytesAsync(Path.Combine(folder, "volume.mrc"), Bytes(number), ct);
            new DatasetManifest { Title = $"Cluster dataset {number}", Details = new() { ["speciesName"] = "Vibrio cholerae" } }.Write(folder);
            using var flo = FloRpcClient.Create(_rpc!.ClientOptions(), TimeProvider.System);
            using var client = new SiloClient(silo, null);
            var endpoint = Nodes.Endpoint(DemoNodes.Lab);
            var node = new KuboClient(_http, new KuboEndpoint(new Uri(endpoint.Rpc), new Uri(endpoint.Gateway!), null), new KuboClientOptions { Time = TimeProvider.System });
            var signer = new LocalSigner(_labKey);
            var carrier = new SiloCarrier(client, DigestMessageSigner.AddressOf(signer, FloNetwork.Development).Text, TimeProvider.System);
            using var state = PublishState.Open(_folder.At("plans"));
            var publisher = new DatasetPublisher(new LabFiles(node), flo, carrier, signer, FloNetwork.Development, new PublishingOptions(), state, TimeProvider.System);
            var (history, _) = await publisher.PublishAsync(folder, DatasetManifest.Read(folder), publisher.Read(folder), Wishes, null, ct);
            return history.Record!;
        }
        finally
        {
            _publishing.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Nodes.DisposeAsync();
        await _stopping.CancelAsync();
        await _mining.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_rpc is not null)
        {
            await _rpc.DisposeAsync();
        }

        _chain.Dispose();
        _labKey.Dispose();
        _http.Dispose();
        _data.Dispose();
        _publishing.Dispose();
        _stopping.Dispose();
        _folder.Dispose();
    }

    private static byte[] Bytes(int number)
    {
        var bytes = new byte[400_000];
        new Random(number).NextBytes(bytes);
        return bytes;
    }
}
