using System.Globalization;
using System.Text.Json.Nodes;

namespace Etdb.Ledger.Listing;

/// <summary>A historian's data point: <c>{"data_point":{…},"meta":{…}}</c>. Figures that are zero, and those its version does not have, are left out, as oipd leaves them out.</summary>
/// <param name="Transaction">The coinbase that holds it.</param>
public sealed record ListedDataPoint(ChainTransaction Transaction) : Listed
{
    private static readonly string[] Figures = ["mrr_last_10", "pool_hashrate", "fbd_hashrate", "fmd_weighted", "fmd_usd"];
    private static readonly string[] FiguresOfTwo = ["mrr_last_10", "mrr_last_24hr", "pool_hashrate", "fbd_hashrate", "fmd_weighted", "fmd_usd"];
    private static readonly string[] FiguresOfThree = [.. FiguresOfTwo, "cmc_ltc"];

    /// <inheritdoc/>
    public override long Time => Transaction.Time;

    /// <inheritdoc/>
    public override string Txid => Transaction.Txid;

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> ToJson()
    {
        var fields = ChainTransaction.Text(Transaction.Parse()).Split(':', 16);
        var (version, figures) = fields[0] switch
        {
            "oip-historian-2" => (2, FiguresOfTwo),
            "oip-historian-3" => (3, FiguresOfThree),
            _ => (1, Figures),
        };
        var point = new JsonObject { ["version"] = version, [fields[0].StartsWith('a') ? "url" : "address"] = fields[1] };
        for (var i = 0; i < figures.Length && i + 2 < fields.Length - 1; i++)
        {
            if (double.TryParse(fields[i + 2], NumberStyles.Float, CultureInfo.InvariantCulture, out var figure) && double.IsFinite(figure) && figure != 0)
            {
                point[figures[i]] = figure;
            }
        }

        point["signature"] = fields[^1];
        return ListedJson.Write(new JsonObject { ["data_point"] = point, ["meta"] = ListedJson.Meta(Transaction) });
    }
}
