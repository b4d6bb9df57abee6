using Etdb.Ledger.Oip;
using Etdb.Ledger.Tests.Flo;

namespace Etdb.Ledger.Tests.Oip;

public sealed class RecordRulesTests
{
    [Fact]
    public void Type_validators_answer_as_stated()
    {
        foreach (var vector in Vectors.Read("validators.json").GetProperty("vectors").EnumerateArray())
        {
            var id = vector.Text("id");
            var artifact = vector.GetProperty("artifact");
            var findings = id.StartsWith("mp-", StringComparison.Ordinal) && id != "mp-type-case"
                ? RecordRules.CheckGeneral(artifact)
                : RecordRules.CheckType(artifact);
            Assert.True(findings.Count > 0, id);
        }
    }

    [Fact]
    public void The_real_record_conforms()
    {
        var artifact = Vectors.Read("oip042_records.json").GetProperty("vectors")[0].GetProperty("record").GetProperty("oip042").GetProperty("publish").GetProperty("artifact");
        Assert.Empty(RecordRules.CheckType(artifact));
        Assert.Empty(RecordRules.CheckGeneral(artifact));
    }
}
