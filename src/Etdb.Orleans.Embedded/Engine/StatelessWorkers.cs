using Orleans.Runtime;

namespace Etdb.Orleans.Embedded.Engine;

/// <summary>The activations of one stateless grain id: an idle one is used, else one more is made up to the limit, else the least busy one queues.</summary>
internal sealed class StatelessWorkers(GrainRuntime runtime, GrainClass grainClass, GrainId grainId) : Receiver
{
    private readonly Lock _gate = new();
    private readonly List<Activation> _workers = [];
    private bool _closed;

    /// <inheritdoc/>
    public override bool TryReceive(Request request)
    {
        lock (_gate)
        {
            while (!_closed)
            {
                var worker = Choose();
                if (worker.TryReceive(request))
                {
                    return true;
                }

                // Ended between two looks: only the worker has, not the pool.
                _workers.Remove(worker);
            }

            return false;
        }
    }

    /// <summary>The workers that live now.</summary>
    public Activation[] Workers()
    {
        lock (_gate)
        {
            return [.. _workers];
        }
    }

    /// <summary>Takes an ended worker out. True when it was the last one: then the pool has ended too.</summary>
    public bool Remove(Activation worker)
    {
        lock (_gate)
        {
            _workers.Remove(worker);
            _closed = _workers.Count == 0;
            return _closed;
        }
    }

    private Activation Choose()
    {
        Activation? best = null;
        var bestLoad = int.MaxValue;
        foreach (var worker in _workers)
        {
            var load = worker.Load;
            if (load < bestLoad && !worker.Deactivated.IsCompleted)
            {
                (best, bestLoad) = (worker, load);
            }
        }

        if (best is not null && (bestLoad == 0 || _workers.Count >= grainClass.WorkerLimit))
        {
            return best;
        }

        var added = new Activation(runtime, grainClass, grainId, this);
        _workers.Add(added);
        added.Begin();
        return added;
    }
}
