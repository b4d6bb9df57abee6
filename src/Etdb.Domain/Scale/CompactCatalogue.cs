using System.Runtime.CompilerServices;
using Etdb.Domain.Common;
using Etdb.Domain.Records;
using Etdb.Domain.Replication;

namespace Etdb.Domain.Scale;

/// <summary>
/// The replica tables of all datasets in columns: about 150 bytes a dataset with five replicas, no object for any of them, so that a million are
/// classified in about a second. The same classifier core serves it. Times are whole seconds, rounded down: a copy looks older, never
/// fresher. Written by one thread; any number may read while nobody writes.
/// </summary>
public sealed class CompactCatalogue
{
    /// <summary>Most policies in use at once.</summary>
    public const int PoliciesMaximum = 255;

    private const int IdBytes = 32;
    private const int SpareReplicas = 1;

    private readonly List<ReplicationPolicy> _policies = [];
    private readonly List<NodeId> _nodes = [];
    private readonly Dictionary<NodeId, ushort> _nodeIndex = [];
    private byte[] _ids;
    private DatasetRow[] _rows;
    private ReplicaRow[] _replicas;
    private int _replicaEnd;

    /// <summary>Starts with room for that many.</summary>
    public CompactCatalogue(int datasets = 1024, int replicasPerDataset = 5)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(datasets);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(replicasPerDataset);
        _ids = new byte[datasets * IdBytes];
        _rows = new DatasetRow[datasets];
        _replicas = new ReplicaRow[datasets * (replicasPerDataset + SpareReplicas)];
    }

    /// <summary>Datasets held.</summary>
    public int Count { get; private set; }

    /// <summary>Replica rows held, spare ones not counted.</summary>
    public long ReplicaCount { get; private set; }

    /// <summary>Heap bytes of the columns.</summary>
    public long HeapBytes => _ids.LongLength + (_rows.LongLength * Unsafe.SizeOf<DatasetRow>()) + (_replicas.LongLength * Unsafe.SizeOf<ReplicaRow>());

    /// <summary>The policies, by their number.</summary>
    public IReadOnlyList<ReplicationPolicy> Policies => _policies;

    /// <summary>Takes in a dataset; its index is the answer.</summary>
    public int Add(DatasetView dataset, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        dataset = dataset.WithRunningRows();
        EnsureRoom(dataset.Replicas.Count);
        var index = Count++;
        Convert.FromHexString(dataset.Id.Value, _ids.AsSpan(index * IdBytes, IdBytes), out _, out var written);
        if (written != IdBytes)
        {
            throw new ArgumentException($"Dataset id {dataset.Id} is not {2 * IdBytes} hex digits.", nameof(dataset));
        }

        var capacity = dataset.Replicas.Count + SpareReplicas;
        _rows[index] = new DatasetRow { FirstReplica = _replicaEnd, Capacity = (byte)capacity };
        _replicaEnd += capacity;
        Write(index, dataset, now);
        return index;
    }

    /// <summary>Replaces what is known of a dataset.</summary>
    public void Update(int index, DatasetView dataset, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        dataset = dataset.WithRunningRows();
        CheckIndex(index);
        ReplicaCount -= _rows[index].Replicas;
        var needed = Math.Min(dataset.Replicas.Count, ReplicaClassifier.ReplicasMaximum);
        if (needed > _rows[index].Capacity)
        {
            EnsureRoom(needed);
            _rows[index].FirstReplica = _replicaEnd;
            _rows[index].Capacity = (byte)Math.Min(needed + SpareReplicas, byte.MaxValue);
            _replicaEnd += _rows[index].Capacity;
        }

        Write(index, dataset, now);
    }

    /// <summary>The id of a dataset.</summary>
    public DatasetId IdOf(int index)
    {
        CheckIndex(index);
        return new DatasetId(Convert.ToHexStringLower(_ids.AsSpan(index * IdBytes, IdBytes)));
    }

    internal ref readonly DatasetRow Row(int index) => ref _rows[index];

    /// <summary>For each node number used here, its index in the snapshot; −1 when it is not known there.</summary>
    internal int[] MapNodes(ClusterView cluster) => [.. _nodes.Select(cluster.IndexOf)];

    /// <summary>Unfolds a dataset's replicas for the classifier; returns how many.</summary>
    internal int Expand(int index, int[] nodeMap, Span<ReplicaFact> facts)
    {
        ref readonly var row = ref _rows[index];
        for (var i = 0; i < row.Replicas; i++)
        {
            facts[i] = _replicas[row.FirstReplica + i].Unfold(nodeMap);
        }

        return row.Replicas;
    }

    private void Write(int index, DatasetView dataset, DateTimeOffset now)
    {
        ref var row = ref _rows[index];
        row.IdHash = Hashing.Of(dataset.Id.Value);
        row.Bytes = dataset.Bytes;
        row.NeedSinceSeconds = ReplicaRow.Seconds(dataset.RegisteredAt);
        row.Policy = PolicyNumber(dataset.Policy);
        row.Replicas = (byte)Math.Min(dataset.Replicas.Count, ReplicaClassifier.ReplicasMaximum);
        row.Flags = (dataset.EstablishedAt is null || dataset.HasOutsideSource ? DatasetFlags.MayComeFromOutside : DatasetFlags.None)
            | (dataset.IsPending(now) ? DatasetFlags.Pending : DatasetFlags.None)
            | (dataset.Paused || dataset.Root is null ? DatasetFlags.LeaveAlone : DatasetFlags.None);
        for (var i = 0; i < row.Replicas; i++)
        {
            _replicas[row.FirstReplica + i] = ReplicaRow.From(dataset.ViewOf(dataset.Replicas[i]), NodeNumber(dataset.Replicas[i].Node));
        }

        ReplicaCount += row.Replicas;
    }

    private byte PolicyNumber(ReplicationPolicy policy)
    {
        for (var i = _policies.Count - 1; i >= 0; i--)
        {
            if (ReferenceEquals(_policies[i], policy) || _policies[i] == policy)
            {
                return (byte)i;
            }
        }

        if (_policies.Count == PoliciesMaximum)
        {
            throw new InvalidOperationException($"More than {PoliciesMaximum} different policies: reuse policy objects.");
        }

        _policies.Add(policy);
        return (byte)(_policies.Count - 1);
    }

    private ushort NodeNumber(NodeId node)
    {
        if (!_nodeIndex.TryGetValue(node, out var number))
        {
            number = checked((ushort)_nodes.Count);
            _nodes.Add(node);
            _nodeIndex.Add(node, number);
        }

        return number;
    }

    private void EnsureRoom(int replicas)
    {
        if (Count == _rows.Length)
        {
            Array.Resize(ref _rows, Count + Math.Max(1024, Count / 2));
            Array.Resize(ref _ids, _rows.Length * IdBytes);
        }

        var needed = _replicaEnd + replicas + SpareReplicas;
        if (needed > _replicas.Length)
        {
            Array.Resize(ref _replicas, Math.Max(needed, _replicas.Length + (_replicas.Length / 2)));
        }
    }

    private void CheckIndex(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
    }
}
