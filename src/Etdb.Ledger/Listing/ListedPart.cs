using System.Text;
using System.Text.Json.Nodes;
using Etdb.Ledger.Oip;

namespace Etdb.Ledger.Listing;

/// <summary>One part of a longer message: <c>{"part","max","reference","address","signature","data","meta":{…,"complete","stale","assembled"}}</c>.</summary>
public sealed record ListedPart : Listed
{
    private readonly ChainTransaction _transaction;
    private readonly MultipartPart _part;
    private readonly string _group;
    private readonly AssembledParts? _message;
    private readonly long _now;

    internal ListedPart(ChainTransaction transaction, MultipartPart part, string group, AssembledParts? message, long now) =>
        (_transaction, _part, _group, _message, _now) = (transaction, part, group, message, now);

    /// <inheritdoc/>
    public override long Time => _transaction.Time;

    /// <inheritdoc/>
    public override string Txid => _transaction.Txid;

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> ToJson()
    {
        var isComplete = _message?.IsComplete == true;
        var meta = new JsonObject
        {
            ["block"] = _transaction.Height,
            ["block_hash"] = _transaction.BlockHash,
            ["complete"] = isComplete,
            ["stale"] = !isComplete && Time + OipLimits.PendingSeconds < _now,
            ["time"] = Time,
            ["txid"] = Txid,
        };
        if (isComplete)
        {
            meta["assembled"] = Encoding.UTF8.GetString(_message!.Join());
        }

        return ListedJson.Write(new JsonObject
        {
            ["part"] = _part.Part,
            ["max"] = _part.Max,
            ["reference"] = _group,
            ["address"] = _part.Address,
            ["signature"] = Signature(),
            ["data"] = Encoding.UTF8.GetString(_part.Data.Span),
            ["meta"] = meta,
        });
    }

    // The last field that is not empty before "):". Parts of OIP 5 have theirs in the protobuf.
    private string Signature()
    {
        var comment = _transaction.Parse().FloData.Span;
        var end = _part.IsProto ? -1 : comment.IndexOf("):"u8);
        return end < 0 ? "" : Encoding.ASCII.GetString(comment[..end]).Split(',').LastOrDefault(f => f.Length > 0, "");
    }
}
