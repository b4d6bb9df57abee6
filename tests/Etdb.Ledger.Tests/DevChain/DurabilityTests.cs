using Etdb.Ledger.DevChain;

namespace Etdb.Ledger.Tests.DevChain;

public sealed class DurabilityTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("etdb-chain").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private DevelopmentChainOptions Options => new() { DataFolder = _folder };

    private string LogPath => Directory.GetFiles(_folder).Single();

    [Fact]
    public void Everything_is_there_again_after_a_restart()
    {
        (Hash256 Tip, int Unspent, List<Hash256> Waiting, Hash256 Invalid) before;
        using (var f = new ChainFixture(Options))
        {
            f.Mine(105);
            var (outPoint, coin) = f.Spendable()[0];
            f.Chain.Submit(f.Spend(outPoint, coin.Output.Value, floData: "text:waits"));
            var gone = f.Mine(3);
            f.Chain.Invalidate(gone[1].Hash);
            f.Mine(1);
            (outPoint, coin) = f.Spendable()[1];
            f.Chain.Submit(f.Spend(outPoint, coin.Output.Value, floData: "text:waits too"));
            before = (f.Chain.Tip.Hash, f.Chain.UnspentCount, [.. f.Chain.ListMempool().Select(e => e.Transaction.Txid)], gone[1].Hash);
        }

        using var again = new ChainFixture(Options);
        Assert.Equal(before.Tip, again.Chain.Tip.Hash);
        Assert.Equal(before.Unspent, again.Chain.UnspentCount);
        Assert.Equal(before.Waiting, again.Chain.ListMempool().Select(e => e.Transaction.Txid));
        Assert.Contains(again.Chain.Branches(), b => b.Status == "invalid");
        again.Mine(2);
        Assert.Equal(0, again.Chain.MempoolCount);
    }

    [Fact]
    public void A_torn_last_entry_is_cut_off_wherever_it_is_torn()
    {
        Hash256 kept;
        long whole;
        using (var f = new ChainFixture(Options))
        {
            f.Mine(2);
            kept = f.Chain.Tip.Hash;
            f.Chain.Flush();
            whole = new FileInfo(LogPath).Length;
            f.Mine(1);
        }

        var bytes = File.ReadAllBytes(LogPath);
        for (var length = whole; length < bytes.Length; length += 7)
        {
            File.WriteAllBytes(LogPath, bytes[..(int)length]);
            using var again = new ChainFixture(Options);
            Assert.Equal(kept, again.Chain.Tip.Hash);
            Assert.Equal(whole, new FileInfo(LogPath).Length);
        }

        File.WriteAllBytes(LogPath, [.. bytes[..(int)whole], .. new byte[500]]);
        using var zeros = new ChainFixture(Options);
        Assert.Equal(kept, zeros.Chain.Tip.Hash);
    }

    [Fact]
    public void Damage_before_the_end_stops_the_start_and_says_where()
    {
        using (var f = new ChainFixture(Options))
        {
            f.Mine(3);
        }

        var bytes = File.ReadAllBytes(LogPath);
        bytes[60] ^= 1;
        File.WriteAllBytes(LogPath, bytes);
        var e = Assert.Throws<InvalidDataException>(() => new ChainFixture(Options));
        Assert.Contains("byte 8 ", e.Message, StringComparison.Ordinal);
        File.WriteAllText(LogPath, "something else entirely");
        Assert.Throws<InvalidDataException>(() => new ChainFixture(Options));
    }
}
