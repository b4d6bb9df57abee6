using System.Text.Json;

namespace Etdb.Ledger.Tests.Flo;

public sealed class SignatureHashTests
{
    [Fact]
    public void Reference_set_of_legacy_digests_is_reproduced()
    {
        foreach (var row in Vectors.Read("sighash_500.json").GetProperty("vectors").EnumerateArray())
        {
            var transaction = FloTransaction.ParseHex(row[0].GetString()!);
            var digest = SignatureHash.Legacy(transaction, row[2].GetInt32(), Convert.FromHexString(row[1].GetString()!), row[3].GetInt32());
            Assert.Equal(row[4].GetString(), digest.ToString());
        }
    }

    [Fact]
    public void Digests_cover_floData_in_both_forms()
    {
        foreach (var vector in Vectors.Read("transactions.json").GetProperty("sighashVectors").EnumerateArray())
        {
            var transaction = FloTransaction.Parse(vector.Hex("txHex"));
            var (input, type, script) = (vector.GetProperty("inputIndex").GetInt32(), vector.GetProperty("hashType").GetInt32(), vector.Hex("scriptCodeHex"));
            var digest = vector.Text("kind") == "legacy"
                ? SignatureHash.Legacy(transaction, input, script, type)
                : SignatureHash.WitnessV0(transaction, input, script, vector.GetProperty("amountSat").GetInt64(), type);
            Assert.Equal(vector.WireHash("expectedSighashLE"), digest);
        }
    }

    [Fact]
    public void Digests_with_and_without_floData_match_for_each_input_of_known_transactions()
    {
        var inputs = 0;
        foreach (var vector in Vectors.Read("transactions.json").GetProperty("transactions").EnumerateArray())
        {
            if (!vector.TryGetProperty("inputs", out var list))
            {
                continue;
            }

            var transaction = FloTransaction.Parse(vector.Hex("hex"));
            foreach (var (index, input) in list.EnumerateArray().Index())
            {
                var type = input.GetProperty("hashType").GetInt32();
                var script = input.Hex("prevScriptPubKey");
                Assert.Equal(input.WireHash("sighashWithFloData"), SignatureHash.Legacy(transaction, index, script, type));
                Assert.Equal(input.WireHash("sighashOmittingFloData"), SignatureHash.Legacy(transaction, index, script, type | SignatureHash.OmitFloData));
                inputs++;
            }
        }

        Assert.True(inputs >= 8);
    }

    [Fact]
    public void Single_without_its_output_hashes_to_one()
    {
        var row = Vectors.Read("transactions.json").GetProperty("transactions")[0];
        var transaction = FloTransaction.Parse(row.Hex("hex"));
        Assert.Equal("01".PadLeft(64, '0'), SignatureHash.Legacy(transaction, 7, [], SignatureHash.SingleOutput).ToString());
    }
}
