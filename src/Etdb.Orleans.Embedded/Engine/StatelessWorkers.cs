using Orleans.Runtime;

namespace Etdb.Orleans.Embedded.Engine;

/// <summary>The activations of one stateless grain id: an idle one is used, else one more is made up to the limit, else the least busy one queues.</summary>
internal sealed class StatelessWorkers(GrainRuntime runtime, GrainClass grainClass, GrainId grainId) : Receiver
{
    private readonly Lock _gate = new();
    private readonly List<Activation> _workers = [];

    /// <inheritdoc/>
    public override bool TryReceive(Request request)
    {
        lock (_gate)
        {
            return Choose().TryReceive(request);
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

    /// <summary>Takes an ended worker out.</summary>
    public void Remove(Activation worker)
    {
        lock (_gate)
        {
            _workers.Remove(worker);
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
