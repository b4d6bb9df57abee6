using System.Buffers.Binary;
using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;

namespace Etdb.Ipfs.Car;

/// <summary>What is wrong with a block of a CAR.</summary>
public sealed record CarFault(Cid Cid, long Offset, DagProblem Problem);

/// <summary>
/// What a CAR holds: <see cref="IsValid"/> when its structure is right and each block is the one it is named, <see cref="IsComplete"/> when also nothing
/// that its roots or blocks link to is missing from it.
/// </summary>
public sealed record CarVerdict
{
    /// <summary>The outer version.</summary>
    public int Version { get; init; }

    /// <summary>The roots.</summary>
    public IReadOnlyList<Cid> Roots { get; init; } = [];

    /// <summary>Sections read.</summary>
    public long Blocks { get; init; }

    /// <summary>Bytes of all blocks.</summary>
    public long Bytes { get; init; }

    /// <summary>Blocks that are not what they are named; at most <see cref="CarVerifier.MaxListed"/>.</summary>
    public IReadOnlyList<CarFault> Bad { get; init; } = [];

    /// <summary>Blocks that are linked to and not there; at most <see cref="CarVerifier.MaxListed"/>.</summary>
    public IReadOnlyList<Cid> Missing { get; init; } = [];

    /// <summary>What ended the reading early, or null.</summary>
    public string? Error { get; init; }

    /// <summary>Number of missing blocks.</summary>
    public long MissingCount { get; init; }

    /// <summary>Number of bad blocks.</summary>
    public long BadCount { get; init; }

    /// <summary>Structure and bytes are right.</summary>
    public bool IsValid => Error is null && BadCount == 0;

    /// <summary>Right, and nothing is missing.</summary>
    public bool IsComplete => IsValid && MissingCount == 0;
}

/// <summary>Reads a CAR once, hashes every block and follows every link, with 16 bytes of memory for each block and each open link.</summary>
public static class CarVerifier
{
    /// <summary>Most faults that are listed by name.</summary>
    public const int MaxListed = 1000;

    /// <summary>Most links that may be open at once.</summary>
    public const int MaxOpenLinks = 1 << 24;

    /// <summary>Reads <paramref name="stream"/> to its end.</summary>
    public static async Task<CarVerdict> VerifyAsync(Stream stream, CancellationToken cancellationToken)
    {
        CarReader reader;
        try
        {
            reader = await CarReader.OpenAsync(stream, false, cancellationToken).ConfigureAwait(false);
        }
        catch (FormatException e)
        {
            return new CarVerdict { Error = e.Message };
        }

        var state = new State();
        foreach (var root in reader.Header.Roots)
        {
            state.Want(root);
        }

        string? error = null;
        try
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false) is { } section)
            {
                state.Take(section);
            }
        }
        catch (FormatException e)
        {
            error = e.Message;
        }

        return new CarVerdict
        {
            Version = reader.Header.Version,
            Roots = reader.Header.Roots,
            Blocks = state.Blocks,
            Bytes = state.Bytes,
            Bad = state.Bad,
            BadCount = state.BadCount,
            Missing = [.. state.Wanted.Values.Take(MaxListed)],
            MissingCount = state.Wanted.Count,
            Error = error,
        };
    }

    private sealed class State
    {
        private readonly HashSet<UInt128> _seen = [];
        private readonly List<Cid> _links = [];

        public Dictionary<UInt128, Cid> Wanted { get; } = [];

        public List<CarFault> Bad { get; } = [];

        public long BadCount { get; private set; }

        public long Blocks { get; private set; }

        public long Bytes { get; private set; }

        public void Want(Cid cid)
        {
            if (cid.IsIdentity || _seen.Contains(KeyOf(cid)))
            {
                return;
            }

            if (Wanted.Count >= MaxOpenLinks)
            {
                throw new FormatException($"The CAR has more than {MaxOpenLinks} links to blocks that have not come yet.");
            }

            Wanted.TryAdd(KeyOf(cid), cid);
        }

        public void Take(CarSection section)
        {
            Blocks++;
            Bytes += section.Block.Data.Length;
            DagProblem? problem = section.Block.Verify() switch
            {
                HashCheck.Match => null,
                HashCheck.Mismatch => DagProblem.Corrupt,
                _ => DagProblem.UnsupportedHash,
            };
            _links.Clear();
            problem ??= BlockLinks.Read(section.Block, _links);
            if (problem is not null)
            {
                BadCount++;
                if (Bad.Count < MaxListed)
                {
                    Bad.Add(new CarFault(section.Block.Cid, section.Offset, problem.Value));
                }

                return;
            }

            _seen.Add(KeyOf(section.Block.Cid));
            Wanted.Remove(KeyOf(section.Block.Cid));
            _links.ForEach(Want);
        }

        /// <summary>The first half of a digest: two blocks that share it would take 2^64 hashes to find.</summary>
        private static UInt128 KeyOf(Cid cid)
        {
            var digest = cid.Hash.Digest;
            var key = digest.Length >= 16 ? BinaryPrimitives.ReadUInt128LittleEndian(digest) : (UInt128)(uint)cid.GetHashCode();

            // The same bytes under another codec have other links, so they count as another block.
            return key ^ ((UInt128)cid.Codec << 64);
        }
    }
}
