using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Etdb.Ledger.Flo;
using Etdb.Ledger.Flo.Crypto;
using Etdb.Ledger.Flo.Wire;
using Etdb.Ledger.Oip;
using Etdb.Ledger.Publishing.Records;

namespace Etdb.Benchmarks.Oip;

/// <summary>
/// A history of the size of ETDB's: records in two or three signed parts as go-etdb wrote them, spread evenly over blocks that link and have
/// right Merkle roots. They carry no work: the follower is given the last block as a checkpoint, as it would be for mainnet's past.
/// </summary>
internal sealed class GeneratedHistory
{
    private const string Location = "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn";

    private readonly FloMessageSigner _lab = new(FloKey.FromSecret([.. Enumerable.Repeat((byte)11, 32)]), FloNetwork.Regtest);

    /// <summary>All blocks, genesis first.</summary>
    public List<FloBlock> Blocks { get; } = [FloNetwork.Regtest.Genesis];

    /// <summary>Transactions with comments.</summary>
    public int Comments { get; private set; }

    public static GeneratedHistory Make(int records, int comments, int blocks)
    {
        var history = new GeneratedHistory();
        var transactions = history.Sign(records, comments);
        history.Comments = transactions.Count;
        for (var height = 1; height <= blocks; height++)
        {
            var from = (int)((long)transactions.Count * (height - 1) / blocks);
            var to = (int)((long)transactions.Count * height / blocks);
            history.Add(height, transactions.GetRange(from, to - from));
        }

        return history;
    }

    private List<FloTransaction> Sign(int records, int comments)
    {
        var three = comments - (records * 2);
        var made = new ConcurrentDictionary<int, FloTransaction[]>();
        Parallel.For(0, records, i => made[i] = MakeRecord(i, i < three ? 1000 : 100));
        return [.. Enumerable.Range(0, records).SelectMany(i => made[i])];
    }

    private FloTransaction[] MakeRecord(int number, int noteBytes)
    {
        var draft = new TomogramDraft
        {
            Title = string.Create(CultureInfo.InvariantCulture, $"Sulfolobus {number}"), Date = 1_389_657_600, TaxonomyId = 273057, Species = "Sulfolobus solfataricus",
            Notes = new string('n', noteBytes), Microscope = "Polara", Strain = "P2", TiltSingleDual = 1, Defocus = -10, Dosage = 180, TiltConstant = 1, TiltMin = -55,
            TiltMax = 55, TiltStep = 1, Magnification = 22500, Microscopist = "R", Institution = "Caltech", Lab = "Jensen Lab", SeriesId = $"s{number}", Location = Location,
            Files =
            [
                new("rawdata/stiv10h3_0004.mrc", 3_161_185_656) { Software = "UCSFTomo", DisplayName = "stiv10h3_0004.mrc", Subtype = "tiltSeries" },
                new("3dimage_37677/stiv10h3_0004_full.rec", 623_617_024) { Software = "Raptor", Subtype = "reconstruction" },
                new("keyimg_s.jpg", 17_177) { Type = "image", Subtype = "thumbnail", ContentType = "image/jpeg" },
            ],
        };
        var artifact = RecordBuilder.Sign(RecordBuilder.BuildTomogram(draft, _lab.Address, 1_528_000_000 + number), _lab, withContentProof: false);
        var shares = MultipartSplitter.Split(RecordBuilder.PublishComment(artifact), _lab.Address);
        var transactions = new FloTransaction[shares.Count];
        for (var part = 0; part < shares.Count; part++)
        {
            var reference = part == 0 ? "" : transactions[0].Txid.ToString();
            transactions[part] = Transaction((number * 4) + part, MultipartPart.Compose(part, shares.Count - 1, reference, shares[part].Span, _lab));
        }

        return transactions;
    }

    // One input with a signature's worth of script, an output to self and change: 226 bytes beside the comment.
    private static FloTransaction Transaction(int number, byte[] floData) => FloTransaction.Create(
        2,
        [new TransactionInput(new OutPoint(Hash256.DoubleSha256(BitConverter.GetBytes(number)), 0), new byte[107], uint.MaxValue)],
        [new TransactionOutput(10_000_000, new byte[25]), new TransactionOutput(1_000_000_000, new byte[25])], 0, floData);

    private void Add(int height, List<FloTransaction> comments)
    {
        var parent = Blocks[^1].Header;
        var coinbase = FloTransaction.Create(
            2, [new TransactionInput(OutPoint.None, Encoding.ASCII.GetBytes($"{height:d8}"), uint.MaxValue)], [new TransactionOutput(0, new byte[25])], 0, "text:pool"u8.ToArray());
        FloTransaction[] all = [coinbase, .. comments];
        var root = MerkleTree.Root([.. all.Select(t => t.Txid)]);
        Blocks.Add(FloBlock.Create(new FloBlockHeader(4, parent.Hash, root, parent.Time + 40, parent.Bits, 0), all));
    }
}
