using System.Text;
using System.Text.Json;
using Etdb.Ledger.Indexing;
using Etdb.Ledger.Oip;

namespace Etdb.Ledger.Tests.Oip;

/// <summary>Readers, keys and chains that the OIP tests share. The keys are public test keys (keys_addresses.json).</summary>
internal static class Oips
{
    public const long Height = 2_800_000;

    public static CommentReader Main { get; } = new(OipRules.Main, new FloMessageVerifier(FloNetwork.Main));

    public static CommentReader Test { get; } = new(OipRules.Test, new FloMessageVerifier(FloNetwork.Test));

    public static FloMessageSigner SignerA { get; } = new(FloKey.FromWif("RBmWKRJpujYmRsRkGBx4AY2rL1GkiDdMfBv52625CzZBa7Ni4Peu", FloNetwork.Main), FloNetwork.Main);

    public static FloMessageSigner SignerB { get; } = new(FloKey.FromSecret([.. Enumerable.Repeat((byte)7, 32)]), FloNetwork.Main);

    public static OipMessage Read(string comment, long? height = Height, CommentReader? reader = null) =>
        (reader ?? Main).Read(Encoding.UTF8.GetBytes(comment), height, isCoinbase: null);

    public static OipMessage ReadAny(string comment, long? height = null)
    {
        var main = Read(comment, height);
        return main.Reason == OipReason.AddressInvalid ? Read(comment, height, Test) : main;
    }

    private static readonly JsonSerializerOptions Unescaped = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Compact(JsonElement element) => JsonSerializer.Serialize(element, Unescaped);

    public static string Id(int number) => number.ToString("x64");

    public static OipIndex Index(CommentReader? reader = null, int undo = 1000) => new(reader ?? Main, undo);

    public static OipBlock Block(int height, params (string Txid, string Comment)[] transactions) =>
        BlockAt(height, 1_600_000_000 + (height * 40L), transactions);

    public static OipBlock BlockAt(int height, long time, params (string Txid, string Comment)[] transactions) => BlockFor(Main, height, time, transactions);

    public static OipBlock BlockFor(CommentReader reader, int height, long time, params (string Txid, string Comment)[] transactions) => new(
        Height + height, $"block-{height}-{time}", time,
        [.. transactions.Select(t => new OipTransaction(t.Txid, reader.Read(Encoding.UTF8.GetBytes(t.Comment), Height + height, false)))]);

    /// <summary>Everything the index says, as text: two states are the same when their texts are.</summary>
    public static string Dump(OipIndex index)
    {
        var text = new StringBuilder();
        text.AppendLine($"tip {index.Tip?.Height} {index.Tip?.Hash}");
        foreach (var record in index.Records())
        {
            text.AppendLine($"{record.Txid} {record.Owner} {record.DeactivatedBy} {record.Current.Place.Txid} {record.Current.Place.Order} {record.Current.Proof} {record.Current.Artifact.Json}");
            text.AppendLine(string.Join(' ', record.Versions.Select(v => v.Place.Txid)) + "|" + string.Join(' ', record.RefusedEdits.Select(e => $"{e.Txid}:{e.Reason}")));
        }

        foreach (var pending in index.PendingMultiparts())
        {
            text.AppendLine($"pending {pending.Reference} {pending.Address} {pending.Max} {string.Join(',', pending.Parts)}");
        }

        foreach (var refusal in index.Refusals())
        {
            text.AppendLine($"refused {refusal.Txid} {refusal.Reason} {refusal.Height}");
        }

        foreach (var registration in index.Registrations())
        {
            text.AppendLine($"registered {registration.Message.Role} {registration.Message.Address} {registration.Message.Alias} {registration.IsDeactivated} {registration.Place.Txid}");
        }

        return text.ToString();
    }
}
