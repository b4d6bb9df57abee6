using System.Text;
using Etdb.Ledger.Oip.Json;

namespace Etdb.Ledger.Oip;

/// <summary>
/// Says what a comment is and checks what can be checked from it alone. Pure: the same bytes at the same height always give the
/// same answer, so blocks can be read ahead and in parallel. Never throws for outside data.
/// </summary>
public sealed class CommentReader(OipRules rules, IMessageVerifier verifier)
{
    private readonly EnvelopeReader _envelope = new(verifier);
    private readonly LegacyReader _legacy = new(verifier);

    /// <summary>The verifier comments are checked with.</summary>
    public IMessageVerifier Verifier { get; } = verifier;

    /// <summary>Reads one comment.</summary>
    /// <param name="comment">floData of a transaction, or a record assembled from parts.</param>
    /// <param name="height">Block height; -1 in the mempool (ignored on mainnet, as oipd does); null when unknown, which passes every gate.</param>
    /// <param name="isCoinbase">Historian strings count only in coinbases; null when unknown.</param>
    public OipMessage Read(ReadOnlyMemory<byte> comment, long? height, bool? isCoinbase)
    {
        if (comment.Length > OipLimits.MaxRecordBytes)
        {
            return new IgnoredMessage(OipReason.TooLarge);
        }

        if (isCoinbase != false && rules.HasHeightGates && !rules.IsFrom(height, OipRules.HistorianBelow) && HistorianReader.IsHistorian(comment.Span))
        {
            return HistorianReader.Read(comment.Span, height, Verifier);
        }

        var isText = false;
        while (true)
        {
            if (comment.Length < OipLimits.MinCommentBytes)
            {
                return isText ? new TextMessage() : new IgnoredMessage(OipReason.TooShort);
            }

            if (rules.IsBelow(height, OipRules.FirstHeight))
            {
                return new IgnoredMessage(OipReason.HeightRule);
            }

            if (!comment.Span.StartsWith("text:"u8))
            {
                break;
            }

            // "text:" strips itself and starts over; each turn is five bytes shorter.
            isText = true;
            comment = comment["text:".Length..];
        }

        var message = ReadCompact(comment, height) ?? ReadPlain(comment, height);
        return message is IgnoredMessage && isText ? new TextMessage() : message;
    }

    /// <summary>The prefixes that are looked for in the first 35 bytes, trimmed and without blanks.</summary>
    private OipMessage? ReadCompact(ReadOnlyMemory<byte> comment, long? height)
    {
        var head = Compact(comment.Span);
        if ((head.StartsWith(MultipartPart.Prefix, StringComparison.Ordinal) && Above(height, OipRules.MultipartAfter))
            || (head.StartsWith(MultipartPart.OldPrefix, StringComparison.Ordinal) && !rules.IsFrom(height, OipRules.AlexandriaBelow)))
        {
            return ReadPart(comment);
        }

        return LegacyReader.TryRecognise(head, rules, height, out var form) ? _legacy.Read(comment.Span, form) : null;
    }

    // "block > bound"
    private bool Above(long? height, long bound) => !rules.IsBelow(height, bound + 1);

    private OipMessage ReadPlain(ReadOnlyMemory<byte> comment, long? height)
    {
        var span = comment.Span;
        var isJson = span.StartsWith("json:"u8);
        var isProto = span.StartsWith("p64:"u8);
        var isZipped = span.StartsWith("gp64:"u8);
        if (!isJson && !isProto && !isZipped)
        {
            return new IgnoredMessage(OipReason.NotOip);
        }

        if (rules.IsBelow(height, OipRules.OipFrom))
        {
            return new IgnoredMessage(OipReason.HeightRule);
        }

        return isJson ? ReadJson(comment["json:".Length..])
            : ProtoReader.Read(span[(isZipped ? "gp64:" : "p64:").Length..], isZipped, Verifier);
    }

    private OipMessage ReadJson(ReadOnlyMemory<byte> json)
    {
        var parsed = OipJson.TryOpen(json, out var document);
        if (parsed != OipReason.None)
        {
            return new RefusedMessage(OipKind.None, parsed);
        }

        var root = document!.RootElement;
        var message = root.ValueKind == System.Text.Json.JsonValueKind.Object && root.TryGetProperty("oip042", out var envelope)
            ? _envelope.Read(envelope)
            : new IgnoredMessage(OipReason.NotOip);
        if (message is PublishMessage or RefusedMessage or IgnoredMessage)
        {
            // These hold copies only; an edit keeps values of the document.
            document.Dispose();
        }

        return message;
    }

    private OipMessage ReadPart(ReadOnlyMemory<byte> comment)
    {
        var reason = MultipartPart.TryRead(SkipPrefix(comment), Verifier, out var part);
        return reason == OipReason.None ? new PartMessage(part!) : new RefusedMessage(OipKind.Multipart, reason);
    }

    private static ReadOnlyMemory<byte> SkipPrefix(ReadOnlyMemory<byte> comment) => comment[(comment.Span.IndexOf((byte)'(') + 1)..];

    private static string Compact(ReadOnlySpan<byte> comment)
    {
        var head = Encoding.UTF8.GetString(comment[..Math.Min(comment.Length, OipLimits.MinCommentBytes)]);
        return head.Trim().Replace(" ", "", StringComparison.Ordinal);
    }
}
