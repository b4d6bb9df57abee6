using Etdb.Ledger.Flo;
using Etdb.Ledger.Flo.Crypto;
using Etdb.Ledger.Flo.Notify;
using Etdb.Ledger.Flo.Rpc;
using Etdb.Ledger.Indexing;
using Etdb.Ledger.Indexing.Following;
using Etdb.Testing;

namespace Etdb.Integration.Tests.Fcoin;

/// <summary>A real fcoin with a key announces its blocks by websocket to who has the key.</summary>
public sealed class FcoinSocketTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly FloKey _key = FloKey.FromSecret(Enumerable.Repeat((byte)0x22, 32).ToArray());
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _folder.Dispose();
        _key.Dispose();
    }

    [Fact]
    public async Task A_block_wakes_a_follower_that_would_look_once_an_hour_and_a_wrong_key_is_named()
    {
        var ct = TestContext.Current.CancellationToken;
        var (home, problem) = await FcoinInstallation.FindAsync(ct);
        Assert.SkipWhen(home is null, problem ?? "");
        await using var node = await FcoinNode.StartAsync(home!, ct, apiKey: "only for us");
        await using var signal = BsockTipSignal.Start(node.Options, TimeProvider.System);
        Assert.True(await signal.WaitAsync(Patience, ct), signal.Fault); // connected

        using var index = LedgerIndex.Open(_folder.At("ledger.db"), FloNetwork.Regtest);
        var follower = new LedgerFollower(new RpcChainSource(node.Client), index, new FollowerOptions { PollInterval = TimeSpan.FromHours(1) }, TimeProvider.System);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var following = follower.RunAsync(stop.Token, signal);
        for (var height = 1; height <= 3; height++)
        {
            await node.Client.GenerateToAddressAsync(1, _key.Address(FloNetwork.Regtest), ct);
            await UntilAsync(() => index.Tip?.Height == height, ct);
        }

        await stop.CancelAsync();
        await following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

        await using var stranger = BsockTipSignal.Start(node.Options with { Password = new RpcPassword("guessed") }, TimeProvider.System);
        await UntilAsync(() => stranger.Fault?.Contains("refuses", StringComparison.Ordinal) == true, ct);
    }

    private static async Task UntilAsync(Func<bool> condition, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Patience);
        while (!condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, limit.Token);
        }
    }
}
