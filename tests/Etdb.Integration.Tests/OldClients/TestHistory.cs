using System.Text;
using System.Text.Json.Nodes;
using Etdb.Ledger.Flo;
using Etdb.Ledger.Flo.Crypto;
using Etdb.Ledger.Oip;
using Etdb.Ledger.Publishing.Records;

namespace Etdb.Integration.Tests.OldClients;

/// <summary>Records of a test key (7, 32 times) on a host.</summary>
internal sealed class TestHistory(OldClientsHost host)
{
    /// <summary>Time of the first record, milliseconds.</summary>
    public const long TimeMs = 1_528_200_000_000;

    private int _count;

    /// <summary>Who signs.</summary>
    public static FloMessageSigner Signer { get; } = new(FloKey.FromSecret([.. Enumerable.Repeat((byte)7, 32)]), FloNetwork.Main);

    /// <summary>A tomogram of that title.</summary>
    public static JsonObject Tomogram(string title, int number) => RecordBuilder.Sign(
        RecordBuilder.BuildTomogram(new TomogramDraft { Title = title, Species = "Test species", Location = $"QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3N{number}" }, Signer.Address, (TimeMs / 1000) + number),
        Signer);

    /// <summary>Publishes one in a block of its own.</summary>
    public (string Txid, JsonObject Artifact) Publish(string title)
    {
        var artifact = Tomogram(title, ++_count);
        return (host.Add(Encoding.UTF8.GetString(RecordBuilder.PublishComment(artifact))), artifact);
    }

    /// <summary>Edits one and publishes the difference.</summary>
    public string Edit(string txid, JsonObject current, JsonObject changed)
    {
        var time = TimeMs + (++_count * 1000L);
        changed["timestamp"] = time / 1000;
        return host.Add(Encoding.UTF8.GetString(RecordBuilder.EditComment(txid, current, changed, time, Signer)));
    }
}
