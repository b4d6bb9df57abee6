using System.Text.Json;
using Etdb.Ledger.Oip;
using Etdb.Ledger.Oip.Json;

namespace Etdb.Ledger.Indexing.Evidence;

/// <summary>
/// Checks an evidence file with nothing but the file and the rules of the network: work of every header, links and difficulty where all
/// headers are there, checkpoints, Merkle paths, and by building the index the signatures of every record. Never throws for what the file
/// holds; a file that is not evidence at all is a <see cref="FormatException"/>.
/// </summary>
public sealed class EvidenceVerifier
{
    /// <summary>Faults listed before the check ends.</summary>
    public const int MostFaults = 100;

    /// <summary>Characters of one line: a block of 4 MB in hex, proofs, and room.</summary>
    private const int MaxLineChars = 32 << 20;

    private readonly FloNetwork _network;
    private readonly OipIndex _index;
    private readonly CommentReader _reader;
    private readonly List<EvidenceFault> _faults = [];
    private readonly List<FloBlockHeader> _run = [];
    private int _runStart = -1;
    private int _blocks;
    private int _transactions;
    private int _checkpoints;
    private bool _isLinked = true;
    private int _line = 1;

    private EvidenceVerifier(FloNetwork network)
    {
        _network = network;
        _reader = new CommentReader(LedgerIndex.RulesOf(network), new FloMessageVerifier(network));
        _index = new OipIndex(_reader, 0);
    }

    /// <summary>Checks a file.</summary>
    /// <exception cref="FormatException">It does not begin as an evidence file does.</exception>
    public static EvidenceReport Verify(TextReader input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var verifier = new EvidenceVerifier(ReadHead(input.ReadLine()));
        while (input.ReadLine() is { } line && verifier._faults.Count < MostFaults)
        {
            verifier._line++;
            verifier.CheckLine(line);
        }

        return new EvidenceReport(
            verifier._network.Name, verifier._blocks, verifier._transactions, verifier._isLinked, verifier._checkpoints, verifier._faults, verifier._index);
    }

    private static FloNetwork ReadHead(string? line)
    {
        if (line is null || line.Length > 10_000 || Parse(line) is not { } head || head.FindText("format") != EvidenceWriter.Format)
        {
            throw new FormatException($"The file does not begin with {{\"format\":\"{EvidenceWriter.Format}\",…}}; it was not written by 'etdb ledger export'.");
        }

        return FloNetwork.Find(head.FindText("network") ?? "") ?? throw new FormatException("The file names no FLO network.");
    }

    private static JsonElement? Parse(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private void CheckLine(string line)
    {
        if (line.Length == 0)
        {
            return;
        }

        if (line.Length > MaxLineChars || Parse(line) is not { } entry || entry.FindInteger("height") is not (>= 0 and < int.MaxValue and var height)
            || TryHeader(entry) is not { } header)
        {
            Fault("is no block: height and an 80-byte header in hex are expected");
            return;
        }

        if (_index.Tip is { } tip && height <= tip.Height)
        {
            Fault($"has height {height}, which is not above the one before");
            return;
        }

        CheckHeader((int)height, header);
        var transactions = CheckTransactions(entry, (int)height, header);
        _index.Connect(new OipBlock(height, header.Hash.ToString(), header.Time, transactions));
        _blocks++;
    }

    private static FloBlockHeader? TryHeader(JsonElement entry)
    {
        try
        {
            return entry.FindText("header") is { Length: FloBlockHeader.Size * 2 } hex ? FloBlockHeader.ParseHex(hex) : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private void CheckHeader(int height, FloBlockHeader header)
    {
        if (!ProofOfWork.Check(header, _network))
        {
            Fault($"block {header.Hash} does not carry the work it claims");
        }

        if (_network.Checkpoints.TryGetValue(height, out var known))
        {
            _checkpoints++;
            if (known != header.Hash)
            {
                Fault($"block {header.Hash} at {height} is not the known {known}");
            }
        }

        if (_run.Count > 0 && _runStart + _run.Count == height)
        {
            CheckLink(height, header);
        }
        else
        {
            _isLinked &= _run.Count == 0;
            _run.Clear();
            _runStart = height;
        }

        _run.Add(header);
    }

    private void CheckLink(int height, FloBlockHeader header)
    {
        if (_run[^1].Hash != header.Previous)
        {
            _isLinked = false;
            Fault($"block {header.Hash} does not follow the one before");
            return;
        }

        var rule = DifficultyRule.At(height, _network);
        var isWindowKnown = _runStart == 0 || _network.NoRetarget || height - _runStart > rule.AveragingBlocks + rule.IntervalBlocks + 1;
        if (isWindowKnown && DifficultySchedule.RequiredBits(height, header.Time, h => _run[h - _runStart], _network) != header.Bits)
        {
            Fault($"block {header.Hash} has the wrong difficulty");
        }
    }

    private List<OipTransaction> CheckTransactions(JsonElement entry, int height, FloBlockHeader header)
    {
        var read = new List<OipTransaction>();
        if (entry.Find("transactions") is not { ValueKind: JsonValueKind.Array } list)
        {
            return read;
        }

        foreach (var item in list.EnumerateArray())
        {
            if (TryTransaction(item) is not var (transaction, proof))
            {
                Fault("holds something that is no transaction with a Merkle path");
            }
            else if (!proof.Verify(transaction.Txid, header.MerkleRoot))
            {
                Fault($"transaction {transaction.Txid} is not in block {header.Hash}");
            }
            else
            {
                _transactions++;
                read.Add(new OipTransaction(transaction.Txid.ToString(), _reader.Read(transaction.FloData, height, transaction.IsCoinbase)));
            }
        }

        return read;
    }

    private static (FloTransaction Transaction, MerkleProof Proof)? TryTransaction(JsonElement item)
    {
        if (item.FindInteger("position") is not (>= 0 and <= int.MaxValue and var position) || item.FindText("raw") is not { } raw
            || item.Find("proof") is not { ValueKind: JsonValueKind.Array } path || path.GetArrayLength() > MerkleTree.MaxDepth)
        {
            return null;
        }

        try
        {
            var transaction = FloTransaction.ParseHex(raw);
            var siblings = path.EnumerateArray().Select(s => Hash256.Parse(s.ValueKind == JsonValueKind.String ? s.GetString()! : ""));
            return (transaction, new MerkleProof((int)position, [.. siblings]));
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private void Fault(string what) => _faults.Add(new EvidenceFault(_line, what));
}
