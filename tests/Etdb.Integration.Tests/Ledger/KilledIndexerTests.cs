using System.Text;
using Etdb.Ledger.DevChain;
using Etdb.Ledger.DevChain.Rpc;
using Etdb.Ledger.Flo;
using Etdb.Ledger.Flo.Crypto;
using Etdb.Ledger.Flo.Rpc;
using Etdb.Ledger.Flo.Scripts;
using Etdb.Ledger.Indexing;
using Etdb.Ledger.Indexing.Following;
using Etdb.Ledger.Oip;
using Etdb.Ledger.Publishing.Records;
using Etdb.Ledger.Publishing.Wallet;
using Etdb.Testing;

namespace Etdb.Integration.Tests.Ledger;

/// <summary>
/// A process that writes an index file is killed (kill -9) again and again while it writes; the next one goes on, and in the end the index is what one that
/// was never disturbed holds.
/// </summary>
public sealed class KilledIndexerTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly FloNetwork Network = FloNetwork.Development;

    private readonly TemporaryFolder _folder = new();
    private readonly FloKey _key = FloKey.FromSecret(Enumerable.Repeat((byte)0x33, 32).ToArray());
    private readonly DevelopmentChain _chain = DevelopmentChain.Open(new DevelopmentChainOptions(), TimeProvider.System);
    private DevChainRpcServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        var signer = new FloMessageSigner(_key, Network);
        _chain.Mine(101, FloScript.PayToPublicKeyHash(_key.PublicKeyHash), default, CancellationToken.None);
        var (outPoint, coin) = _chain.ListUnspent(FloScript.PayToPublicKeyHash(_key.PublicKeyHash)).MinBy(u => u.Coin.Height);
        IReadOnlyList<WalletOutput> outputs = [new WalletOutput(outPoint, coin.Output.Value, coin.Output.Script, 101, Coinbase: true)];
        for (var i = 0; i < 150; i++)
        {
            var draft = new TomogramDraft { Title = $"record {i}", Species = "E. coli", Date = 1, Notes = new string('n', i * 10), Location = "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn" };
            var comment = RecordBuilder.PublishComment(RecordBuilder.Sign(RecordBuilder.BuildTomogram(draft, signer.Address, 1_700_000_000 + i), signer));
            RecordPublication.Plan(comment, signer, floData =>
            {
                var built = RecordWallet.Build(_key, outputs, floData, SpendingPolicy.Default).Transaction!;
                Assert.True(_chain.Submit(built.Transaction).IsAccepted);
                outputs = built.ApplyTo(outputs);
                return new FundedTransaction(built.Hex, built.Txid.ToString(), built.Fee);
            });
            _chain.Mine(2, FloScript.PayToPublicKeyHash(_key.PublicKeyHash), default, CancellationToken.None);
        }

        _server = await DevChainRpcServer.StartAsync(_chain, new DevChainRpcOptions { User = "test", Password = new RpcPassword("secret") }, TimeProvider.System, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _chain.Dispose();
        _key.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task An_index_is_the_same_after_any_number_of_kills()
    {
        var path = _folder.At("killed.db");
        var (kills, reached) = (0, -1L);
        for (var attempt = 1; attempt <= 8; attempt++)
        {
            await using var process = Start(path, batch: 1 + (attempt % 3));
            await WaitForProgressAsync(path, process, reached + (attempt * 9));
            kills += process.HasExited ? 0 : 1;
            process.Kill();
            await process.WaitAsync(Patience);
            reached = Height(path);
        }

        Assert.InRange(kills, 1, 8);
        await using (var last = Start(path, batch: 500))
        {
            Assert.Equal(0, await last.WaitAsync(Patience));
        }

        using var killed = LedgerIndex.Open(path, Network);
        using var whole = LedgerIndex.Open(_folder.At("whole.db"), Network);
        using var client = FloRpcClient.Create(_server.ClientOptions(), TimeProvider.System);
        Assert.True(await new LedgerFollower(new RpcChainSource(client), whole, new FollowerOptions { StepBudget = Patience }, TimeProvider.System).CatchUpAsync(CancellationToken.None));
        Assert.Equal(Text(whole), Text(killed));
        Assert.Equal(150, killed.Read(i => i.RecordCount));
    }

    private EtdbProcess Start(string path, int batch)
    {
        var node = new UriBuilder(_server.Endpoint) { UserName = "test", Password = "secret" }.Uri;
        return EtdbProcess.Start("ledger", "index", "--index", path, "--network", "development", "--flo", node.ToString(), "--batch", batch.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    private static async Task WaitForProgressAsync(string path, EtdbProcess process, long height)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (!process.HasExited && Height(path) < height)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, limit.Token);
        }
    }

    /// <summary>Tip as another process sees it in the file; -1 before there is any.</summary>
    private static long Height(string path)
    {
        try
        {
            using var store = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={path};Mode=ReadOnly;Pooling=False");
            store.Open();
            using var command = store.CreateCommand();
            command.CommandText = "SELECT ifnull(max(height),-1) FROM blocks";
            return (long)command.ExecuteScalar()!;
        }
        catch (Microsoft.Data.Sqlite.SqliteException)
        {
            return -1;
        }
    }

    /// <summary>All the index knows, and the log folded to what holds of each record.</summary>
    private static string Text(LedgerIndex index)
    {
        var text = new StringBuilder();
        text.Append(index.Read(IndexView.Describe).ToJsonString());
        var events = index.ReadStore(s => s.ReadEvents(0, 10_000));
        Assert.Equal(Enumerable.Range(1, events.Count).Select(i => (long)i), events.Select(e => e.Sequence));
        foreach (var last in events.GroupBy(e => e.RecordTxid).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => g.Last()))
        {
            text.AppendLine().Append(last with { Sequence = 0 });
        }

        foreach (var header in index.ReadStore(s => s.HeadersFrom(0).ToList()))
        {
            text.AppendLine().Append(header.ToHex());
        }

        return text.ToString();
    }
}
