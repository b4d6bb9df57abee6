namespace Etdb.Ledger.Tests.Flo;

public sealed class TransactionTests
{
    [Fact]
    public void Known_transactions_parse_and_round_trip_byte_for_byte()
    {
        foreach (var vector in Vectors.Read("transactions.json").GetProperty("transactions").EnumerateArray())
        {
            var transaction = FloTransaction.Parse(vector.Hex("hex"));
            Assert.Equal(vector.Text("txid"), transaction.Txid.ToString());
            var rebuilt = FloTransaction.Create(transaction.Version, transaction.Inputs, transaction.Outputs, transaction.LockTime, transaction.FloData);
            Assert.Equal(vector.Text("hex"), rebuilt.ToHex());
            if (vector.TryGetProperty("floDataLen", out var length))
            {
                Assert.Equal(length.GetInt32(), transaction.FloData.Length);
                Assert.Equal(vector.GetProperty("sizeBytes").GetInt32(), transaction.Size);
            }
        }
    }

    [Fact]
    public void Witness_transactions_have_both_ids_and_round_trip()
    {
        foreach (var vector in Vectors.Read("transactions.json").GetProperty("segwitParse").GetProperty("vectors").EnumerateArray())
        {
            var transaction = FloTransaction.Parse(vector.Hex("hex"));
            Assert.Equal(vector.Text("txid"), transaction.Txid.ToString());
            Assert.Equal(vector.Text("wtxid"), transaction.Wtxid.ToString());
            Assert.Equal(vector.GetProperty("hasFloDataField").GetBoolean(), transaction.CarriesFloData);
            Assert.Equal(transaction.Txid, Hash256.DoubleSha256(transaction.SerializeBase()));
            Assert.Equal(transaction.BaseSize, transaction.SerializeBase().Length);
            var rebuilt = FloTransaction.Create(transaction.Version, transaction.Inputs, transaction.Outputs, transaction.LockTime, transaction.FloData);
            Assert.Equal(vector.Text("hex"), rebuilt.ToHex());
        }
    }

    [Theory]
    [InlineData(0, 193)]
    [InlineData(1, 194)]
    [InlineData(252, 445)]
    [InlineData(253, 448)]
    [InlineData(1040, 1235)]
    public void FloData_adds_its_length_and_its_bytes(int floDataBytes, int expectedSize)
    {
        var sample = FloTransaction.Parse(Vectors.Read("transactions.json").GetProperty("transactions")[4].Hex("hex"));
        var changed = FloTransaction.Create(2, sample.Inputs, sample.Outputs, 0, new byte[floDataBytes]);
        Assert.Equal(expectedSize, changed.Size);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    [InlineData(-5)]
    public void Versions_below_two_have_no_floData_field(int version)
    {
        var sample = FloTransaction.Parse(Vectors.Read("transactions.json").GetProperty("transactions")[0].Hex("hex"));
        var old = FloTransaction.Create(version, sample.Inputs, sample.Outputs, 0, default);
        Assert.False(old.CarriesFloData);
        Assert.Equal(sample.Size - 1, old.Size);
        Assert.Throws<ArgumentException>(() => FloTransaction.Create(version, sample.Inputs, sample.Outputs, 0, new byte[1]));
    }

    [Theory]
    [InlineData("0200000000", "no outputs")]
    [InlineData("02000000fdfc00", "length not shortest")]
    [InlineData("02000000ffffffffffffffffff", "count above every limit")]
    [InlineData("0200000000ff", "unknown witness flag")]
    [InlineData("020000000000000000000000", "left over")]
    [InlineData("", "empty")]
    public void Malformed_bytes_are_a_format_error(string hex, string what)
    {
        Assert.NotEmpty(what);
        Assert.Throws<FormatException>(() => FloTransaction.ParseHex(hex));
    }

    [Fact]
    public void Witness_form_without_any_witness_is_refused()
    {
        var sample = FloTransaction.Parse(Vectors.Read("transactions.json").GetProperty("transactions")[0].Hex("hex"));
        var raw = sample.Raw.ToArray();
        byte[] forged = [.. raw[..4], 0, 1, .. raw[4..^5], 0, .. raw[^5..]];
        Assert.Throws<FormatException>(() => FloTransaction.Parse(forged));
    }
}
