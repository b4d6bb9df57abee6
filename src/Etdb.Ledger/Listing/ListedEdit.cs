using System.Text.Json;
using System.Text.Json.Nodes;
using Etdb.Ledger.Oip;
using Etdb.Ledger.Oip.Json;

namespace Etdb.Ledger.Listing;

/// <summary>An edit of a record as it was published, and whether it holds: <c>{"edit":{…},"meta":{…,"originalTxid","type","completed"}}</c>.</summary>
/// <param name="Transaction">Its transaction; the first one when it came in parts.</param>
/// <param name="List">Where its words are.</param>
/// <param name="Records">The records.</param>
public sealed record ListedEdit(ChainTransaction Transaction, TransactionList List, RecordList Records) : Listed
{
    /// <inheritdoc/>
    public override long Time => Transaction.Time;

    /// <inheritdoc/>
    public override string Txid => Transaction.Txid;

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> ToJson()
    {
        var words = Words();
        var meta = ListedJson.Meta(Transaction);
        var original = (words?.FindObject("artifact") ?? words?.FindObject("pub")) is { } target ? target.FindText("txid") ?? target.FindText("artifactID") : null;
        meta["originalTxid"] = original;
        meta["type"] = "oip042";
        meta["completed"] = Records.StartingWith(Txid).Count > 0;
        return ListedJson.Write(new JsonObject { ["edit"] = words is { } edit ? JsonNode.Parse(edit.GetRawText()) : null, ["meta"] = meta });
    }

    private JsonElement? Words()
    {
        var said = List.Said(Transaction).Span;
        while (said.StartsWith("text:"u8))
        {
            said = said["text:".Length..];
        }

        return said.StartsWith("json:"u8) && OipJson.TryParse(said["json:".Length..], out var root) == OipReason.None ? root.FindObject("oip042")?.FindObject("edit") : null;
    }
}
