using System.Globalization;
using System.Text;
using System.Text.Json;
using Etdb.Ledger.Oip;
using Etdb.Ledger.Oip.Json;

namespace Etdb.Ledger.Indexing;

/// <summary>
/// A chain as JSON lines, for tests and for looking at what an index makes of it:
/// <c>{"connect":{"height","hash","time","txs":[{"txid","floData","coinbase"}]}}</c> and <c>{"disconnect":{"hash"}}</c>.
/// </summary>
public static class ReplayLog
{
    /// <summary>Blocks that can be taken back in a replay: all of them.</summary>
    private const int Unlimited = int.MaxValue;

    /// <summary>Replays the lines into a new index.</summary>
    /// <exception cref="FormatException">A line is not one of the two, or does not fit the chain; the message names the line.</exception>
    public static OipIndex Replay(IEnumerable<string> lines, FloNetwork network)
    {
        ArgumentNullException.ThrowIfNull(lines);
        var reader = new CommentReader(LedgerIndex.RulesOf(network), new FloMessageVerifier(network));
        var index = new OipIndex(reader, Unlimited);
        var number = 0;
        foreach (var line in lines)
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
            {
                continue;
            }

            try
            {
                Apply(line, index, reader);
            }
            catch (Exception e) when (e is FormatException or InvalidOperationException or JsonException)
            {
                throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"Line {number}: {e.Message}"), e);
            }
        }

        return index;
    }

    private static void Apply(string line, OipIndex index, CommentReader reader)
    {
        using var document = JsonDocument.Parse(line);
        if (document.RootElement.FindObject("connect") is { } connect)
        {
            index.Connect(ReadBlock(connect, reader));
        }
        else if (document.RootElement.FindObject("disconnect")?.FindText("hash") is { } hash)
        {
            index.Disconnect(hash);
        }
        else
        {
            throw new FormatException("neither \"connect\" nor \"disconnect\" with a \"hash\".");
        }
    }

    private static OipBlock ReadBlock(JsonElement connect, CommentReader reader)
    {
        var height = connect.FindInteger("height") ?? throw new FormatException("a block without \"height\".");
        var hash = connect.FindText("hash") ?? throw new FormatException("a block without \"hash\".");
        var time = connect.FindInteger("time") ?? throw new FormatException("a block without \"time\".");
        var transactions = new List<OipTransaction>();
        if (connect.Find("txs") is { } list)
        {
            if (list.ValueKind != JsonValueKind.Array)
            {
                throw new FormatException("\"txs\" is no list.");
            }

            foreach (var entry in list.EnumerateArray())
            {
                var txid = entry.FindText("txid") ?? throw new FormatException("a transaction without \"txid\".");
                var coinbase = entry.Find("coinbase") is { ValueKind: JsonValueKind.True };
                var comment = Encoding.UTF8.GetBytes(entry.FindText("floData") ?? "");
                transactions.Add(new OipTransaction(txid, reader.Read(comment, height, coinbase)));
            }
        }

        return new OipBlock(height, hash, time, transactions);
    }
}
