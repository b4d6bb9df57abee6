using System.Text.Json;
using Etdb.Ledger.Oip;
using Etdb.Ledger.Tests.Flo;

namespace Etdb.Ledger.Tests.Oip;

/// <summary>Single comments against the published vectors: what they are, whether they stand, and the reason when they do not.</summary>
public sealed class RecordVectorTests
{
    [Fact]
    public void Publications_of_042_are_judged_as_stated()
    {
        foreach (var vector in Vectors.Read("oip042_records.json").GetProperty("vectors").EnumerateArray())
        {
            var id = vector.GetProperty("id").GetString()!;
            var message = Oips.ReadAny("json:" + Oips.Compact(vector.GetProperty("record")));
            var expected = vector.GetProperty("expectRecord").GetString()!;
            var valid = !expected.StartsWith("invalid", StringComparison.Ordinal) && !expected.StartsWith("rejected", StringComparison.Ordinal);
            Assert.True(valid == (message.Reason == OipReason.None), $"{id}: {message.Reason}");
            Assert.Equal(OipKind.Publish, message.Kind);
        }
    }

    [Theory]
    [InlineData("neg-no-title", OipReason.TitleMissing)]
    [InlineData("neg-no-signature", OipReason.SignatureMissing)]
    [InlineData("neg-tampered-location", OipReason.SignatureWrong)]
    [InlineData("neg-tampered-timestamp", OipReason.SignatureWrong)]
    public void Refused_publications_say_why(string id, OipReason reason)
    {
        var vector = Vectors.Read("oip042_records.json").GetProperty("vectors").EnumerateArray().Single(v => v.GetProperty("id").GetString() == id);
        Assert.Equal(reason, Oips.ReadAny("json:" + Oips.Compact(vector.GetProperty("record"))).Reason);
    }

    [Fact]
    public void Legacy_records_are_judged_as_stated()
    {
        foreach (var vector in Vectors.Read("legacy_oip041_alexandria.json").GetProperty("records").EnumerateArray())
        {
            var id = vector.GetProperty("id").GetString()!;
            var message = Oips.ReadAny(Oips.Compact(vector.GetProperty("record")));
            Assert.Equal(OipKind.Legacy, message.Kind);
            Assert.True(vector.GetProperty("signatureVerifiedHere").GetBoolean() == (message.Reason == OipReason.None), $"{id}: {message.Reason}");
        }
    }

    [Fact]
    public void Single_parts_are_judged_as_stated()
    {
        foreach (var vector in Vectors.Read("multipart.json").GetProperty("singles").EnumerateArray())
        {
            var id = vector.GetProperty("id").GetString()!;
            var message = Oips.ReadAny(vector.GetProperty("floData").GetString()!);
            var expected = vector.GetProperty("expect").GetString()!;
            var valid = expected.StartsWith("valid", StringComparison.Ordinal) || expected.StartsWith("as a single: valid", StringComparison.Ordinal);
            Assert.Equal(OipKind.Multipart, message.Kind);
            Assert.True(valid == (message.Reason == OipReason.None), $"{id}: {message.Reason}");
        }
    }

    [Fact]
    public void Registrations_verify()
    {
        foreach (var vector in Vectors.Read("edits_deactivations_transfers.json").GetProperty("registrations").EnumerateArray())
        {
            var comment = vector.TryGetProperty("floData", out var floData) ? floData.GetString()!
                : vector.TryGetProperty("record", out var record) ? Oips.Compact(record) : null;
            if (comment is null)
            {
                continue; // known by its signed text only
            }

            var message = Oips.ReadAny(comment);
            Assert.True(message is RegisterMessage, $"{vector.GetProperty("id")}: {message.Reason}");
        }
    }

    [Fact]
    public void Protobuf_messages_verify_plain_and_zipped()
    {
        var set = Vectors.Read("proto_oip5_historian.json");
        foreach (var vector in set.GetProperty("p64").EnumerateArray())
        {
            var message = Assert.IsType<ProtoMessage>(Oips.ReadAny(vector.GetProperty("p64").GetString()!));
            Assert.Equal(vector.GetProperty("serializedMessageHex").GetString(), Convert.ToHexStringLower(message.Payload.Span));
            Assert.Equal(vector.GetProperty("pubKeyAscii").GetString(), message.Address);
        }

        var zipped = Assert.IsType<ProtoMessage>(Oips.ReadAny(set.GetProperty("gp64Example").GetProperty("floData").GetString()!));
        Assert.Equal("oRnb8WFGejy6KffxrtT24moF9fn2HAY7yk", zipped.Address);
    }

    [Fact]
    public void Historian_strings_are_judged_as_stated()
    {
        foreach (var vector in Vectors.Read("proto_oip5_historian.json").GetProperty("historianStrings").EnumerateArray())
        {
            var message = Oips.Read(vector.GetProperty("floData").GetString()!, height: null);
            var valid = vector.GetProperty("expect").GetString()!.StartsWith("valid", StringComparison.Ordinal);
            Assert.Equal(valid, message is HistorianMessage);
        }
    }

    [Fact]
    public void Historian_of_the_pool_changed_its_key_at_a_height()
    {
        var comment = Vectors.Read("proto_oip5_historian.json").GetProperty("historianStrings")[0].GetProperty("floData").GetString()!;
        Assert.IsType<HistorianMessage>(Oips.Read(comment, 1_750_000));
        Assert.Equal(OipReason.SignatureWrong, Oips.Read(comment, 1_974_560).Reason);
    }
}
