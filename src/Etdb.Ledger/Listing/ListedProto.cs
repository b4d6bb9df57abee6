using System.Globalization;
using System.Text.Json.Nodes;

namespace Etdb.Ledger.Listing;

/// <summary>
/// An OIP 5 message: a record (<c>{"record":{"details":{"tmpl_…":{…}}},"meta":{…}}</c>), its fields by name where the template is in the chain and raw where it is not, or a template
/// (<c>{"template":{…},"meta":{…}}</c>). Edits, transfers and deactivations of OIP 5 are not applied.
/// </summary>
/// <param name="Transaction">Its transaction; the first one when it came in parts.</param>
/// <param name="List">Where its bytes are.</param>
/// <param name="Templates">Templates met so far.</param>
/// <param name="PublisherName">The name an address registered.</param>
public sealed record ListedProto(ChainTransaction Transaction, TransactionList List, ProtoTemplates Templates, Func<string, string> PublisherName) : Listed
{
    /// <inheritdoc/>
    public override long Time => Transaction.Time;

    /// <inheritdoc/>
    public override string Txid => Transaction.Txid;

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> ToJson()
    {
        var message = List.Proto(Transaction);
        var meta = ListedJson.Meta(Transaction);
        meta["signed_by"] = message?.Address;
        if (Transaction.Kind != ListedKind.ProtoTemplate && Transaction.Holds != ListedKind.ProtoTemplate)
        {
            meta["publisher_name"] = message is null ? "" : PublisherName(message.Address);
            meta["type"] = "oip5";
            return ListedJson.Write(new JsonObject { ["record"] = new JsonObject { ["details"] = message is null ? null : Templates.Details(message.Payload) }, ["meta"] = meta });
        }

        var (name, description, descriptors) = message is null ? ("", "", default) : ProtoTemplates.Template(message.Payload);
        return ListedJson.Write(new JsonObject
        {
            ["template"] = new JsonObject
            {
                ["identifier"] = uint.Parse(Txid.AsSpan(0, 8), NumberStyles.HexNumber, CultureInfo.InvariantCulture),
                ["friendly_name"] = name,
                ["name"] = "tmpl_" + Txid[..8].ToUpperInvariant(),
                ["description"] = description,
                ["file_descriptor_set"] = Convert.ToBase64String(descriptors.Span),
            },
            ["meta"] = meta,
        });
    }
}
