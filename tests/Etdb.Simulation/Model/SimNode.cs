using Etdb.Domain.Content;
using Etdb.Domain.Replication;

namespace Etdb.Simulation.Model;

/// <summary>The truth about one node: its disk, its pin index, and what is wrong with it. Knows nothing of the cluster.</summary>
internal sealed class SimNode(NodeId id, MemberId member, string country, long capacityBytes)
{
    private int _repository = 1;

    public NodeId Id { get; } = id;

    public MemberId Member { get; } = member;

    public string Country { get; } = country;

    public long CapacityBytes { get; } = capacityBytes;

    /// <summary>A lab's own node.</summary>
    public bool SourceOnly { get; init; }

    public string RepositoryId => $"{Id.Value}-repo-{_repository}";

    /// <summary>Grows when the disk is replaced: transfers begun before it fail.</summary>
    public int Epoch { get; private set; }

    /// <summary>How many reasons keep it from answering.</summary>
    public int Down { get; set; }

    public bool IsUp => Down == 0;

    /// <summary>Its member took it away for good.</summary>
    public bool Left { get; set; }

    /// <summary>Its member has announced that it leaves.</summary>
    public bool Leaving { get; set; }

    /// <summary>Everything takes so many times longer.</summary>
    public double Slowness { get; set; } = 1;

    /// <summary>Room taken by others.</summary>
    public long ForeignBytes { get; set; }

    /// <summary>Every such part of new leaves is acknowledged and not kept.</summary>
    public double Lying { get; set; }

    /// <summary>In the order they were made.</summary>
    public Dictionary<ContentId, SimContent> Pins { get; } = [];

    public Dictionary<ContentId, StoredContent> Store { get; } = [];

    /// <summary>Transfers under way, for the limits.</summary>
    public int Incoming { get; set; }

    public int Outgoing { get; set; }

    public long UsedBytes => ForeignBytes + Store.Values.Sum(s => s.Content.BytesOf(s.Content.Blocks - s.Count(BlockState.Absent)));

    public bool Has(ContentId root) => Store.TryGetValue(root, out var stored) && stored.IsComplete;

    public bool HasGood(SimContent content, int block) => Store.TryGetValue(content.Root, out var stored) && stored.Blocks[block] == BlockState.Good;

    public void Put(SimContent content, int block)
    {
        if (!Store.TryGetValue(content.Root, out var stored))
        {
            Store[content.Root] = stored = new StoredContent(content);
        }

        stored.Blocks[block] = BlockState.Good;
        if (stored.IsComplete)
        {
            stored.DamagedAt = null;
        }
    }

    public void PutAll(SimContent content)
    {
        for (var i = 0; i < content.Blocks; i++)
        {
            Put(content, i);
        }

        Pins[content.Root] = content;
    }

    public bool Damage(ContentId root, int block, BlockState state, DateTimeOffset now)
    {
        if (!Store.TryGetValue(root, out var stored) || stored.Blocks[block] != BlockState.Good)
        {
            return false;
        }

        if (stored.IsComplete)
        {
            stored.DamagedAt = now;
        }

        stored.Blocks[block] = state;
        return true;
    }

    /// <summary>All blocks gone. With <paramref name="newRepository"/> the index too, and a new identity; else the index still lists the pins.</summary>
    public void Wipe(bool newRepository)
    {
        Store.Clear();
        Epoch++;
        if (newRepository)
        {
            Pins.Clear();
            _repository++;
        }
    }

    /// <summary>Drops the blocks of what is not pinned.</summary>
    public void CollectGarbage()
    {
        foreach (var root in Store.Keys.Where(r => !Pins.ContainsKey(r)).ToList())
        {
            Store.Remove(root);
        }
    }
}
