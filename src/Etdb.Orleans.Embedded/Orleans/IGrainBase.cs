using Orleans.Runtime;

namespace Orleans;

/// <summary>What the runtime asks of every grain class; <see cref="Grain"/> implements it.</summary>
public interface IGrainBase
{
    /// <summary>The activation this instance lives in.</summary>
    IGrainContext GrainContext { get; }

    /// <summary>Runs as the first turn, after persistent state was read; a throw fails the activation and every call waiting for it.</summary>
    Task OnActivateAsync(CancellationToken token) => Task.CompletedTask;

    /// <summary>Runs as the last turn; not promised after a crash.</summary>
    Task OnDeactivateAsync(DeactivationReason reason, CancellationToken token) => Task.CompletedTask;
}
