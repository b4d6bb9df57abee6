using System.Collections.Concurrent;
using Etdb.Ledger.Oip;

namespace Etdb.Ledger.Indexing.Reading;

/// <summary>
/// Reads the comments of a run of blocks on all cores: signatures in batches, and records whose parts are all in the run put together and read as well. The result is what
/// <see cref="IncomingBlock.Read"/> gives block by block.
/// </summary>
internal sealed class RunReader(OipRules rules, FloMessageVerifier verifier, VerifiedSignatures memory, CommentReader single)
{
    /// <summary>Fewest blocks or records of one batch of signatures: enough to share the cost.</summary>
    private const int LeastShare = 125;

    /// <summary>Reads a run.</summary>
    /// <param name="blocks">Blocks of ascending height.</param>
    /// <param name="check">Judges a block before its comments are read; throws when it is none.</param>
    public IReadOnlyList<IncomingBlock> Read(IReadOnlyList<(FloBlock Block, int Height)> blocks, Action<FloBlock, int> check)
    {
        if (blocks.Count == 0)
        {
            return [];
        }

        var read = new IncomingBlock[blocks.Count];
        Parallel.ForEach(Partitioner.Create(0, blocks.Count, Share(blocks.Count)), range =>
        {
            for (var i = range.Item1; i < range.Item2; i++)
            {
                check(blocks[i].Block, blocks[i].Height);
            }

            OnCredit(reader =>
            {
                for (var i = range.Item1; i < range.Item2; i++)
                {
                    read[i] = IncomingBlock.Read(blocks[i].Block, blocks[i].Height, reader);
                }
            });
        });
        read[0] = read[0] with { Ahead = Assemble(read) };
        return read;
    }

    /// <summary>As many as keep all cores busy.</summary>
    private static int Share(int count) => Math.Max(LeastShare, (count + Environment.ProcessorCount - 1) / Environment.ProcessorCount);

    /// <summary>Reads with signatures on credit; once more, one by one, when the credit was not good.</summary>
    private void OnCredit(Action<CommentReader> read)
    {
        var deferring = new DeferringVerifier(verifier, memory);
        read(new CommentReader(rules, deferring));
        if (!deferring.Settle())
        {
            read(single);
        }
    }

    private AssembledAhead Assemble(IReadOnlyList<IncomingBlock> blocks)
    {
        var ready = Ready(blocks);
        var messages = new OipMessage[ready.Count];
        if (ready.Count > 0)
        {
            Parallel.ForEach(Partitioner.Create(0, ready.Count, Share(ready.Count)), range => OnCredit(reader =>
            {
                for (var i = range.Item1; i < range.Item2; i++)
                {
                    messages[i] = reader.Read(ready[i].Bytes, ready[i].Height, isCoinbase: false);
                }
            }));
        }

        var ahead = new AssembledAhead();
        for (var i = 0; i < messages.Length; i++)
        {
            ahead.Add(ready[i].Txid, ready[i].Bytes, ready[i].Height, messages[i]);
        }

        return ahead;
    }

    /// <summary>Groups of parts that are complete within the run, as it seems from here; the index decides.</summary>
    private static List<(string Txid, int Height, byte[] Bytes)> Ready(IReadOnlyList<IncomingBlock> blocks)
    {
        var groups = new Dictionary<(string Key, string Address), (string Txid, int Height, MultipartPart?[] Parts)>();
        var later = new List<MultipartPart>();
        foreach (var block in blocks)
        {
            foreach (var comment in block.Comments)
            {
                if (comment.Message is not PartMessage { Part: { IsProto: false } part })
                {
                    continue;
                }

                if (part.Part > 0)
                {
                    later.Add(part);
                }
                else
                {
                    var parts = new MultipartPart?[part.Max + 1];
                    parts[0] = part;
                    groups.TryAdd((comment.Txid[..MultipartPart.KeyDigits], part.Address), (comment.Txid, block.Height, parts));
                }
            }
        }

        foreach (var part in later)
        {
            if (groups.TryGetValue((part.Reference[..MultipartPart.KeyDigits], part.Address), out var group) && part.Part < group.Parts.Length)
            {
                group.Parts[part.Part] ??= part;
            }
        }

        return [.. groups.Values.Where(g => !g.Parts.Contains(null)).Select(g => (g.Txid, g.Height, Join(g.Parts)))];
    }

    private static byte[] Join(MultipartPart?[] parts)
    {
        var bytes = new byte[parts.Sum(p => p!.Data.Length)];
        var offset = 0;
        foreach (var part in parts)
        {
            part!.Data.CopyTo(bytes.AsMemory(offset));
            offset += part.Data.Length;
        }

        return bytes;
    }
}
