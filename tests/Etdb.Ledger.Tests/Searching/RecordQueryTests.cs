using System.Text.Json;
using Etdb.Ledger.Searching;
using Etdb.Ledger.Tests.Flo;

namespace Etdb.Ledger.Tests.Searching;

/// <summary>What queries find in the real record of the vectors, and which are refused.</summary>
public sealed class RecordQueryTests
{
    private static readonly JsonElement Record = Vectors.Read("api_shapes.json").GetProperty("apiB").GetProperty("common").GetProperty("envelope").GetProperty("results")[0];

    [Theory]
    [InlineData("solfataricus")]
    [InlineData("SOLFATARICUS")]
    [InlineData("nothing solfataricus")]
    [InlineData("\"Sulfolobus solfataricus\"")]
    [InlineData("artifact.details.speciesName:solfataricus")]
    [InlineData("artifact.details.speciesName:\"Sulfolobus solfataricus\" AND artifact.type:research")]
    [InlineData("artifact.details.speciesName:(coli OR solfataricus)")]
    [InlineData("artifact.details.speciesName:(+solfataricus -coli)")]
    [InlineData("(artifact.type:research) AND artifact.subtype:tomogram")]
    [InlineData("artifact.type:\"research\" NOT artifact.subtype:\"other\"")]
    [InlineData("artifact.info.tags:jensen.lab")]
    [InlineData("artifact.details.sid:rr2014-01-14-5")]
    [InlineData("artifact.details.defocus:-10")]
    [InlineData("artifact.details.defocus:\"-10\"")]
    [InlineData("artifact.details.dosage:180.0")]
    [InlineData("artifact.details.tiltMin:[-60 TO -50]")]
    [InlineData("artifact.details.tiltMin:{-56 TO *}")]
    [InlineData("artifact.details.tiltMin:[-55 TO 0}")]
    [InlineData("artifact.details.magnification:>=22500")]
    [InlineData("artifact.details.magnification:<30000 AND artifact.details.magnification:>22499.5")]
    [InlineData("meta.time:[1528156646 TO 1528156646]")]
    [InlineData("meta.block:2783156")]
    [InlineData("meta.txid:8a07e957*")]
    [InlineData("artifact.storage.files.fname:*_slicer3727.jpg")]
    [InlineData("artifact.storage.files.fname:AutoCaps\\/rr2014\\-01\\-14\\-5_slicer3727.jpg")]
    [InlineData("artifact.storage.files.software:Raptor AND artifact.storage.files.software:UCSFTomo")]
    [InlineData("artifact.storage.location:Qmat8i2pn4WnnMiPQcKsKJZahr1scUbuUyXjgSuCPBcsYY")]
    [InlineData("artifact.details.strain.keyword:P2")]
    [InlineData("artifact.details.STRAIN:p2")]
    [InlineData("artifact.\\*:solfataricus")]
    [InlineData("artifact.details.*:Polara")]
    [InlineData("_exists_:artifact.details.emdb OR _exists_:artifact.details.strain")]
    [InlineData("artifact.details.strain:*")]
    [InlineData("*")]
    [InlineData("*:*")]
    [InlineData("NOT coli")]
    [InlineData("-coli -virulent")]
    [InlineData("sulf?lob*^2")]
    [InlineData("coli || solfataricus && virus")]
    [InlineData("artifact.info.title:\"solfac P2 STIV\"")]
    [InlineData("artifact.details.artNotes:\"10 hour post infection\"")]
    public void A_record_is_found(string query) => Assert.True(RecordQuery.Parse(query).Matches(Record));

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("()")]
    [InlineData("\"!!\"")]
    [InlineData("coli")]
    [InlineData("sulf")]
    [InlineData("\"solfataricus Jensen\"")]
    [InlineData("solfataricus AND coli")]
    [InlineData("solfataricus OR virus AND coli")]
    [InlineData("+coli solfataricus")]
    [InlineData("solfataricus -virus")]
    [InlineData("artifact.type:tomogram")]
    [InlineData("artifact.details.strain.keyword:p2")]
    [InlineData("artifact.details.tiltMin:{-55 TO *]")]
    [InlineData("artifact.details.tiltMin:[* TO -56]")]
    [InlineData("artifact.details.magnification:>22500")]
    [InlineData("_exists_:artifact.details.emdb")]
    [InlineData("artifact.details:Polara")]
    [InlineData("artifact.details.lab:\"Caltech Polara\"")]
    [InlineData("meta.time:yesterday")]
    public void Another_is_not(string query) => Assert.False(RecordQuery.Parse(query).Matches(Record));

    [Theory]
    [InlineData("(a", "not closed")]
    [InlineData("a)", "never opened")]
    [InlineData("\"a", "quotation mark")]
    [InlineData("f:[1 2]", "FROM TO UNTIL")]
    [InlineData("f:[1 TO 2", "closed")]
    [InlineData("f:[now-1d TO now]", "dates")]
    [InlineData("AND a", "between two clauses")]
    [InlineData("a AND", "missing")]
    [InlineData("a AND OR b", "between two clauses")]
    [InlineData("NOT", "missing")]
    [InlineData("- - a", "before one clause")]
    [InlineData("f:", "missing")]
    [InlineData("roam~", "Fuzzy")]
    [InlineData("\"a b\"~3", "Fuzzy")]
    [InlineData("/joh?n/", "Regular expressions")]
    [InlineData("a^b", "'^'")]
    [InlineData("a\\", "backslash")]
    [InlineData(":a", "word should")]
    [InlineData("f:>", "must follow")]
    public void What_is_not_understood_is_said(string query, string what) => Assert.Contains(what, Assert.Throws<FormatException>(() => RecordQuery.Parse(query)).Message, StringComparison.Ordinal);

    [Fact]
    public void Limits_hold()
    {
        Refused(new string('a', RecordQuery.MaxChars + 1));
        Refused("a" + '\ud800');
        Refused(string.Join(' ', Enumerable.Repeat("a", RecordQuery.MaxClauses + 1)));
        Refused(new string('(', RecordQuery.MaxDepth + 1) + "a" + new string(')', RecordQuery.MaxDepth + 1));
        Refused(string.Concat(Enumerable.Repeat("a*", RecordQuery.MaxStars + 1)));
        Assert.True(RecordQuery.Parse(new string('(', RecordQuery.MaxDepth) + "solfataricus" + new string(')', RecordQuery.MaxDepth)).Matches(Record));

        static void Refused(string query) => Assert.Throws<FormatException>(() => RecordQuery.Parse(query));
    }
}
