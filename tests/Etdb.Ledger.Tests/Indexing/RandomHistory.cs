using System.Text;
using System.Text.Json.Nodes;
using Etdb.Ledger.Oip;
using Etdb.Ledger.Publishing.Records;
using Etdb.Ledger.Tests.Oip;

namespace Etdb.Ledger.Tests.Indexing;

/// <summary>
/// A random history by two keys: publications (proven and not, single and in parts), copies with other metadata, edits in and out of order,
/// copied edit signatures, deactivations, transfers, registrations, parts that never complete, noise, and gaps of more than a week.
/// </summary>
internal sealed class RandomHistory(int seed)
{
    private readonly Random _random = new(seed);
    private readonly List<(string Txid, JsonObject Artifact, FloMessageSigner Owner, bool Proven)> _records = [];
    private readonly List<string> _comments = [];
    private readonly List<(string Txid, string Comment)> _mempool = [];
    private int _id;

    public List<Etdb.Ledger.Indexing.OipBlock> Blocks(int count, int firstHeight = 1, long firstTime = 1_600_000_000)
    {
        var blocks = new List<Etdb.Ledger.Indexing.OipBlock>();
        var time = firstTime;
        for (var i = 0; i < count; i++)
        {
            for (var n = _random.Next(4); n > 0; n--)
            {
                Act();
            }

            time += _random.Next(12) == 0 ? 5 * 86400 : _random.Next(-20, 100);
            var taken = _mempool.Where(_ => _random.Next(3) > 0).ToList();
            _mempool.RemoveAll(taken.Contains);
            var shuffled = taken.OrderBy(_ => _random.Next()).ToArray();
            blocks.Add(Oips.BlockAt(firstHeight + i, time, shuffled) with { Hash = $"b{seed}-{i}-{_random.Next()}" });
        }

        return blocks;
    }

    private FloMessageSigner Anyone() => _random.Next(3) == 0 ? Oips.SignerB : Oips.SignerA;

    private string NextId() => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}/{++_id}")));

    private void Send(string comment)
    {
        _comments.Add(comment);
        _mempool.Add((NextId(), comment));
    }

    private void Act()
    {
        switch (_records.Count == 0 ? 0 : _random.Next(12))
        {
            case <= 3:
                Publish();
                break;
            case 4 or 5:
                Edit();
                break;
            case 6:
                Copy(Pick().Artifact);
                break;
            case 7:
                var victim = Pick();
                Send(Text(RecordBuilder.DeactivateComment(victim.Txid, _random.Next(1000), _random.Next(2) == 0 ? victim.Owner : Anyone())));
                break;
            case 8:
                Send(Text(RecordBuilder.TransferComment(Pick().Txid, Anyone().Address, _random.Next(5), Anyone())));
                break;
            case 9:
                Send(Text(RecordBuilder.RegisterComment($"lab {_random.Next(3)}", 1_700_000_000_000 + _random.Next(4), Anyone())));
                break;
            case 10:
                Send(Text(MultipartPart.Compose(_random.Next(3), 2, _random.Next(2) == 0 ? Pick().Txid : NextId(), "json:{"u8, Anyone())));
                break;
            default:
                Send(_comments[_random.Next(_comments.Count)]);
                break;
        }
    }

    private (string Txid, JsonObject Artifact, FloMessageSigner Owner, bool Proven) Pick() => _records[_random.Next(_records.Count)];

    private static string Text(byte[] comment) => Encoding.UTF8.GetString(comment);

    private void Publish()
    {
        var owner = Anyone();
        var proven = _random.Next(2) == 0;
        var notes = _random.Next(3) == 0 ? new string('n', 1500) : null;
        var draft = new TomogramDraft
        {
            Title = $"t{_random.Next(1000)}", Species = "E. coli", Date = 1, Notes = notes, Location = "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn",
        };
        var artifact = RecordBuilder.Sign(RecordBuilder.BuildTomogram(draft, owner.Address, 1_700_000_000 + _random.Next(30)), owner, proven);
        if (_random.Next(4) == 0)
        {
            Copy(artifact); // seen in the mempool and offered with a better fee
        }

        _records.Add((SendParts(RecordBuilder.PublishComment(artifact), owner), artifact, owner, proven));
    }

    private string SendParts(byte[] comment, FloMessageSigner signer)
    {
        var shares = MultipartSplitter.Split(comment, signer.Address);
        if (shares.Count == 1)
        {
            Send(Text(comment));
            return _mempool[^1].Txid;
        }

        var first = NextId();
        _mempool.Add((first, Text(MultipartPart.Compose(0, shares.Count - 1, "", shares[0].Span, signer))));
        for (var i = 1; i < shares.Count; i++)
        {
            Send(Text(MultipartPart.Compose(i, shares.Count - 1, _random.Next(2) == 0 ? first : first[..10], shares[i].Span, signer)));
        }

        return first;
    }

    private void Edit()
    {
        var (txid, artifact, owner, proven) = Pick();
        var signer = _random.Next(4) == 0 ? Anyone() : owner;
        var time = 1_700_000_000_000 + _random.Next(20);
        if (proven && signer == owner && _random.Next(2) == 0)
        {
            var changed = artifact.DeepClone().AsObject();
            changed["info"]!["title"] = $"edited {_random.Next(1000)}";
            Send(Text(RecordBuilder.EditComment(txid, artifact, changed, time, owner)));
            return;
        }

        var patch = JsonNode.Parse($$"""[{"op":"replace","path":"/info/{{(_random.Next(5) == 0 ? "none" : "title")}}","value":"e{{_random.Next(1000)}}"}]""")!.AsArray();
        if (proven && _random.Next(2) == 0)
        {
            patch.Add(JsonNode.Parse("""{"op":"remove","path":"/contentProof"}"""));
        }

        Send(Text(RecordBuilder.EditComment(txid, patch, time, signer)));
    }

    private void Copy(JsonObject artifact)
    {
        var copy = artifact.DeepClone().AsObject();
        copy["info"]!["title"] = "VANDALISED";
        if (_random.Next(2) == 0)
        {
            copy.Remove(ContentProof.Member);
        }

        Send(Text(RecordBuilder.PublishComment(copy)));
    }
}
