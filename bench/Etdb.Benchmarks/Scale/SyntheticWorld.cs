using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Etdb.Domain.Common;
using Etdb.Domain.Content;
using Etdb.Domain.Records;
using Etdb.Domain.Replication;
using Etdb.Grains.Ports;
using Etdb.Ipfs.Cids;
using Etdb.Ledger.Publishing.Records;

namespace Etdb.Benchmarks.Scale;

/// <summary>
/// N datasets on 100 nodes of 25 members, five replicas each, all computed from their numbers: two processes that agree on N see the same
/// world without talking. Records look like ETDB's (about 1.4 KB of JSON); each dataset's DAG is one raw block of 32 bytes.
/// </summary>
internal sealed class SyntheticWorld(int datasets)
{
    public const int Nodes = 100;
    public const int Members = 25;
    public const int Replicas = 5;

    /// <summary>Nodes of labs, numbered after those of members: they hold everything and nothing is placed on them.</summary>
    public const int Labs = 4;
    private const int NodesPerMember = Nodes / Members;
    private const int Publishers = 20;
    private const long FirstSecond = 1_700_000_000;
    private static readonly string[] Genera = ["Sulfolobus", "Escherichia", "Caulobacter", "Vibrio", "Bdellovibrio", "Myxococcus", "Shewanella", "Halobacterium", "Treponema", "Thermotoga"];
    private static readonly string[] Epithets = ["solfataricus", "coli", "crescentus", "cholerae", "bacteriovorus", "xanthus", "oneidensis", "salinarum", "primitia", "maritima"];

    public int Datasets => datasets;

    public static string NodeName(int node) => string.Create(CultureInfo.InvariantCulture, $"node-{node:d3}");

    public static string MemberName(int member) => string.Create(CultureInfo.InvariantCulture, $"member-{member:d2}");

    public static int MemberOf(int node) => node / NodesPerMember;

    public static PublisherId Publisher(int index) => new(string.Create(CultureInfo.InvariantCulture, $"FLab{index % Publishers:d2}ofTheSyntheticWorld1234"));

    public static DatasetId Id(int index) => new(Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"dataset {index}")))));

    /// <summary>The one block of a dataset.</summary>
    public static byte[] Block(int index) => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"synthetic tomogram {index,13:d}"));

    public static Cid Root(int index) => Cid.Of(Block(index), Multicodec.Raw, 1);

    /// <summary>The node of a replica; the five of a dataset are at five members.</summary>
    public static int Node(int index, int replica)
    {
        var hash = Hashing.Mix((ulong)index);
        var member = (int)((hash + ((ulong)replica * (Members / Replicas))) % Members);
        return (member * NodesPerMember) + (int)((hash >> (8 + (4 * replica))) % NodesPerMember);
    }

    public static NodeId NodeId(int node) => new(NodeName(node));

    /// <summary>The record as the ledger's index would give it; <paramref name="version"/> 1 is the first publication.</summary>
    public static DatasetRecord Record(int index, int version)
    {
        var hash = Hashing.Mix((ulong)index + 77);
        var species = $"{Genera[hash % 10]} {Epithets[(hash >> 8) % 10]}";
        var title = string.Create(CultureInfo.InvariantCulture, $"{species} {Word(hash)} {index}");
        var seconds = FirstSecond + (index * 40L);
        var artifact = RecordBuilder.BuildTomogram(
            new TomogramDraft
            {
                Title = title, Date = seconds, TaxonomyId = 1 + (long)(hash % 100_000), Species = species, Notes = Notes(hash, version), Microscope = "Polara", Strain = "P2",
                TiltSingleDual = 1, Defocus = -10, Dosage = 180, TiltConstant = 1, TiltMin = -55, TiltMax = 55, TiltStep = 1, Magnification = 22500, Microscopist = Word(hash >> 7),
                Institution = "Caltech", Lab = "Jensen Lab", SeriesId = string.Create(CultureInfo.InvariantCulture, $"s{index}"), Location = Root(index).ToString(),
                Files =
                [
                    new("rawdata/series.mrc", 3_161_185_656) { Software = "UCSFTomo", DisplayName = "series.mrc", Subtype = "tiltSeries" },
                    new("3dimage/full.rec", 623_617_024) { Software = "Raptor", Subtype = "reconstruction" },
                    new("keyimg_s.jpg", 17_177) { Type = "image", Subtype = "thumbnail", ContentType = "image/jpeg" },
                ],
            },
            Publisher(index).Value,
            seconds);
        return new DatasetRecord(Id(index).Value, version, title, new ContentId(Root(index).ToString()), Block(index).Length, seconds, artifact.ToJsonString(), ContentProven: true);
    }

    /// <summary>A made-up word; 3,000 of them, low numbers far more often, as in a language.</summary>
    public static string Word(ulong draw)
    {
        var rank = (int)Math.Pow(3_000, Hashing.Unit(Hashing.Mix(draw)));
        var letters = new StringBuilder("w");
        for (; rank > 0; rank /= 20)
        {
            letters.Append("bcdfghjklmnpqrstvwxz"[rank % 20]).Append("aeiou"[rank % 5]);
        }

        return letters.ToString();
    }

    private static string Notes(ulong hash, int version)
    {
        var text = new StringBuilder();
        for (var i = 0UL; i < 12; i++)
        {
            text.Append(Word(hash + (i * 1_000_003))).Append(' ');
        }

        return text.Append(CultureInfo.InvariantCulture, $"edition {version}").ToString();
    }
}
