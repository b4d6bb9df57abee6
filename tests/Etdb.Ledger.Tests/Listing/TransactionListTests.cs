using System.Text;
using Etdb.Ledger.Indexing;
using Etdb.Ledger.Listing;
using Etdb.Ledger.Oip;
using Etdb.Ledger.Tests.Flo;
using Etdb.Ledger.Tests.Oip;
using Etdb.Testing;

namespace Etdb.Ledger.Tests.Listing;

/// <summary>The list of transactions beside an index: the same whether it followed block by block, over reorganisations, after restarts, or was made at once; and historian's data points.</summary>
public sealed class TransactionListTests : IDisposable
{
    private const int First = (int)Oips.Height;
    private readonly TemporaryFolder _folder = new();
    private uint _salt;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Following_gives_what_making_it_at_once_gives()
    {
        for (var seed = 0; seed < 6; seed++)
        {
            var random = new Random(seed);
            using var index = LedgerIndex.Open(_folder.At($"{seed}.db"), FloNetwork.Main, First);
            var list = TransactionList.Open(_folder.At($"{seed}.lists"), _folder.At($"{seed}.db"), FloNetwork.Main);
            var firsts = new List<string>();
            for (var step = 0; step < 40; step++)
            {
                var tip = (int)(index.Tip?.Height ?? First - 1);
                var fork = random.Next(5) == 0 ? Math.Max(First - 1, tip - random.Next(1, 6)) : tip;
                index.Apply(fork, [.. Enumerable.Range(fork + 1, random.Next(1, 4)).Select(h => Block(h, random, firsts))]);
                if (random.Next(2) == 0)
                {
                    list.CatchUp(CancellationToken.None);
                }

                if (random.Next(8) == 0)
                {
                    list = TransactionList.Open(_folder.At($"{seed}.lists"), _folder.At($"{seed}.db"), FloNetwork.Main);
                }
            }

            list.CatchUp(CancellationToken.None);
            Assert.False(list.CatchUp(CancellationToken.None));
            var anew = TransactionList.Open(_folder.At($"{seed}.anew"), _folder.At($"{seed}.db"), FloNetwork.Main);
            anew.CatchUp(CancellationToken.None);
            Assert.Equal(Dump(anew, firsts), Dump(list, firsts));
            Assert.Equal(index.ReadStore(s => s.CommentCount()), Page(list, null).Total);
            Assert.NotEqual(0, Page(list, ListedKind.Edit).Total);
        }
    }

    [Fact]
    public void A_damaged_list_is_made_anew()
    {
        using var index = LedgerIndex.Open(_folder.At("index.db"), FloNetwork.Main, First);
        index.Apply(First - 1, [Block(First, new Random(1), [])]);
        File.WriteAllText(_folder.At("lists.db"), new string('x', 5000));
        var list = TransactionList.Open(_folder.At("lists.db"), _folder.At("index.db"), FloNetwork.Main);
        Assert.True(list.CatchUp(CancellationToken.None));
        Assert.Equal(index.ReadStore(s => s.CommentCount()), Page(list, null).Total);
    }

    [Fact]
    public void Data_points_of_historians_are_told_by_their_version()
    {
        var points = 0;
        foreach (var vector in Vectors.Read("proto_oip5_historian.json").GetProperty("historianStrings").EnumerateArray()
            .Where(v => Oips.Main.Read(Encoding.UTF8.GetBytes(v.Text("floData")), 2_000_000, isCoinbase: true) is HistorianMessage))
        {
            var transaction = Transaction(vector.Text("floData"));
            var point = System.Text.Json.JsonElement.Parse(new ListedDataPoint(new ChainTransaction("t", 1, 2, "b", ListedKind.Historian, ListedKind.Other, transaction.Raw)).ToJson().Span).GetProperty("data_point");
            var fields = vector.Text("floData").Split(':');
            Assert.Equal(fields[^1], point.GetProperty("signature").GetString());
            Assert.Equal(fields[1], point.GetProperty(fields[0].StartsWith('a') ? "url" : "address").GetString());
            Assert.InRange(point.EnumerateObject().Count(), 4, fields.Length);
            points++;
        }

        Assert.InRange(points, 3, int.MaxValue);
    }

    private IncomingBlock Block(int height, Random random, List<string> firsts)
    {
        var transactions = Enumerable.Range(0, random.Next(1, 4)).Select(_ => Transaction(Comment(random, firsts))).ToList();
        Hash256[] leaves = [.. transactions.Select(t => t.Txid)];
        var header = new FloBlockHeader(4, default, MerkleTree.Root(leaves), 1_600_000_000 + (uint)(40 * (height - First)), 0x1e0ffff0, ++_salt);
        return new IncomingBlock(height, header, [.. transactions.Select((t, i) => new IncomingComment(i, t.Txid.ToString(), t.Raw, MerkleTree.Prove(leaves, i), Oips.Main.Read(t.FloData, height, false)))]);
    }

    private string Comment(Random random, List<string> firsts)
    {
        var edit = "json:{\"oip042\":{\"edit\":{\"artifact\":{\"txid\":\"" + Oips.Id(random.Next()) + "\",\"timestamp\":" + random.Next(1, 99999)
            + ",\"patch\":[{\"op\":\"remove\",\"path\":\"/a\"}]},\"signature\":\"x\"}}}";
        switch (random.Next(4))
        {
            case 0:
                return edit;
            case 1:
                var first = Encoding.UTF8.GetString(MultipartPart.Compose(0, 1, "", Encoding.UTF8.GetBytes(edit[..60]), Oips.SignerA));
                firsts.Add(new FakeTransaction(first, _salt + 1).Txid);
                return first;
            case 2 when firsts.Count > 0:
                return Encoding.UTF8.GetString(MultipartPart.Compose(1, 1, firsts[^random.Next(1, Math.Min(3, firsts.Count) + 1)], Encoding.UTF8.GetBytes(edit[60..]), Oips.SignerA));
            default:
                return "json:{\"oip042\":{\"publish\":{\"artifact\":{\"n\":" + random.Next() + "}}}}";
        }
    }

    private FloTransaction Transaction(string comment) => new FakeTransaction(comment, ++_salt).Transaction;

    private static ListPage Page(TransactionList list, ListedKind? kind) => list.Page(kind, null, t => new ListedTransaction(t, FloNetwork.Main, false), new ListRequest(0, 10_000), CancellationToken.None);

    private static string Dump(TransactionList list, List<string> firsts)
    {
        var text = new StringBuilder();
        foreach (var kind in Enum.GetValues<ListedKind>().Cast<ListedKind?>().Append(null))
        {
            text.AppendJoin('\n', Page(list, kind).Entries.Select(e => $"{kind} {Encoding.UTF8.GetString(e.ToJson().Span)}")).AppendLine();
        }

        text.AppendJoin('\n', firsts.Distinct().SelectMany(f => list.Parts(f[..10], byGroup: true, 1_700_000_000)).Select(p => Encoding.UTF8.GetString(p.ToJson().Span)));
        return text.ToString();
    }

    private sealed class FakeTransaction(string comment, uint salt)
    {
        public FloTransaction Transaction { get; } = FloTransaction.Create(
            2,
            [new TransactionInput(new OutPoint(Hash256.DoubleSha256(BitConverter.GetBytes(salt)), 0), Array.Empty<byte>(), uint.MaxValue)],
            [new TransactionOutput(1000, new byte[] { 0x51 })], 0, Encoding.UTF8.GetBytes(comment));

        public string Txid => Transaction.Txid.ToString();
    }
}
