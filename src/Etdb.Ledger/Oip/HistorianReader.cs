using System.Text;

namespace Etdb.Ledger.Oip;

/// <summary>Historian strings in coinbases: colon-separated figures of a mining pool, the last field a signature over all before it.</summary>
internal static class HistorianReader
{
    // media-protocol: the pool of 2016 named itself by host name, so its keys are fixed.
    private const string PoolHost = "pool.alexandria.io";
    private const string PoolKeyBefore = "FL4Ty99iBsGu3aPrGx6rwUtWwyNvUjb7ZD";
    private const string PoolKey = "FLmic78oU6eqXsTAaHGGdrFyY7FznjHfPU";

    public static bool IsHistorian(ReadOnlySpan<byte> comment) =>
        comment.StartsWith("oip-historian-"u8) || comment.StartsWith("alexandria-historian-"u8);

    public static OipMessage Read(ReadOnlySpan<byte> comment, long? height, IMessageVerifier verifier)
    {
        if (comment.Length > OipLimits.RelayCommentBytes)
        {
            return new RefusedMessage(OipKind.Legacy, OipReason.HistorianInvalid);
        }

        var text = Encoding.UTF8.GetString(comment);
        var fields = text.Split(':', 16);
        var count = fields[0] switch
        {
            "alexandria-historian-v001" or "oip-historian-1" => 8,
            "oip-historian-2" => 9,
            "oip-historian-3" => 10,
            _ => 0,
        };
        if (count == 0 || fields.Length != count)
        {
            return new RefusedMessage(OipKind.Legacy, OipReason.HistorianInvalid);
        }

        var signed = text[..text.LastIndexOf(':')];
        foreach (var address in Signers(fields[1], height))
        {
            var verdict = SignedText.Check(verifier, address, fields[^1], signed);
            if (verdict == OipReason.None)
            {
                return new HistorianMessage(address, fields[..^1]);
            }

            if (verdict != OipReason.SignatureWrong)
            {
                return new RefusedMessage(OipKind.Legacy, verdict);
            }
        }

        return new RefusedMessage(OipKind.Legacy, OipReason.SignatureWrong);
    }

    private static string[] Signers(string name, long? height) => name != PoolHost ? [name] : height switch
    {
        null => [PoolKeyBefore, PoolKey],
        < OipRules.HistorianKeyChange => [PoolKeyBefore],
        _ => [PoolKey],
    };
}
