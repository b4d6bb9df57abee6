using System.Globalization;
using System.Text;
using System.Text.Json;
using Etdb.Cli.CommandLine;
using Etdb.Domain.Audit;
using Etdb.Ledger.Flo.Rpc;
using Etdb.Ledger.Flo.Wire;

namespace Etdb.Cli.Evidence;

/// <summary>One root in the ledger against the log.</summary>
internal sealed record AnchorFinding(string Txid, string? Day, int Count, int Confirmations, string? Problem);

/// <summary>
/// Compares days of a log with the roots that stand in the ledger. The transactions are those the log names and those the caller knows; what the log says of their content is
/// not believed: each is read from the FLO node, whose answer must hash to its id.
/// </summary>
internal sealed class AnchorCheck(EvidenceSource source, IReadOnlyList<string> known)
{
    private const int MostAnchors = 10_000;
    private readonly HashSet<string> _txids = new(known.Select(k => k.Trim().ToLowerInvariant()), StringComparer.Ordinal);

    /// <summary>Transactions to compare with.</summary>
    public int Known => _txids.Count;

    /// <summary>Notes the transaction an entry names. Always false: nothing was matched.</summary>
    public bool See(EvidenceEntry entry)
    {
        if (entry.Draft.Kind == EvidenceKind.Anchor && _txids.Count < MostAnchors && TxidOf(entry.Draft.Detail) is { } txid)
        {
            _txids.Add(txid);
        }

        return false;
    }

    /// <summary>Every known anchor against the log; nothing when the caller named no node and none is needed.</summary>
    public async Task<IReadOnlyList<AnchorFinding>> CompareAsync(Func<FloRpcOptions> node, bool isGiven, CancellationToken ct)
    {
        if (_txids.Count == 0 || (!isGiven && known.Count == 0))
        {
            return [];
        }

        using var flo = FloRpcClient.Create(node(), TimeProvider.System);
        var read = new List<(string Txid, int Confirmations, DailyRoot? Root, string? Problem)>();
        foreach (var txid in _txids.Order(StringComparer.Ordinal))
        {
            read.Add(await ReadAsync(flo, txid, ct));
        }

        var days = read.Select(r => r.Root?.Day).OfType<DateOnly>().ToHashSet();
        var hashes = days.ToDictionary(d => d, _ => new List<(long Sequence, string Hash)>());
        await new EvidenceWalk(source, entry =>
        {
            if (hashes.TryGetValue(DateOnly.FromDateTime(entry.Draft.At.UtcDateTime), out var day))
            {
                day.Add((entry.Sequence, entry.Hash));
            }

            return false;
        }).VerifyAsync(ct);
        return
        [
            .. read.OrderBy(r => r.Root?.Day).Select(r => new AnchorFinding(
                r.Txid, r.Root?.Day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), r.Root?.Count ?? 0, r.Confirmations,
                r.Root is { } root ? EvidenceAnchor.Problem(root, hashes[root.Day]) : r.Problem)),
        ];
    }

    private static async Task<(string Txid, int Confirmations, DailyRoot? Root, string? Problem)> ReadAsync(FloRpcClient flo, string txid, CancellationToken ct)
    {
        if (!Hash256.TryParse(txid, out var id))
        {
            throw new CliException($"'{txid}' is no transaction id; give 64 hex digits.");
        }

        try
        {
            if (await flo.GetTransactionAsync(id, ct) is not { } found)
            {
                return (txid, 0, null, $"The FLO node does not know transaction {txid}: it was taken back, or the node is on another network or keeps no index (-txindex=1).");
            }

            var root = EvidenceAnchor.Read(Encoding.UTF8.GetString(found.Transaction.FloData.Span));
            return (txid, found.Confirmations, root, root is null ? $"Transaction {txid} holds no root of evidence." : null);
        }
        catch (FloNodeException e)
        {
            throw new CliException($"the FLO node could not be asked for {txid}: {e.Message} Name another with --flo, or leave the ledger out with --no-ledger.", e) { ExitCode = CliExit.No };
        }
    }

    private static string? TxidOf(string detail)
    {
        try
        {
            using var document = JsonDocument.Parse(detail);
            return document.RootElement.TryGetProperty("txid", out var txid) && txid.ValueKind == JsonValueKind.String ? txid.GetString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
