using Etdb.Orleans.Embedded.Engine;
using Orleans.Runtime;

namespace Orleans;

/// <summary>Base of grain classes. An instance is touched by one turn at a time, so its fields need no locks.</summary>
public abstract class Grain : IGrainBase, IAddressable
{
    private readonly Activation _activation;

    /// <summary>Called by the runtime only: the activation is taken from the turn that creates the instance.</summary>
    protected Grain()
    {
        _activation = Activation.Current
            ?? throw new InvalidOperationException($"{GetType()} was created outside a grain activation; ask IGrainFactory for a reference instead.");
    }

    /// <inheritdoc/>
    public IGrainContext GrainContext => _activation;

    /// <summary>A reference to this grain that may be handed to others.</summary>
    public GrainReference GrainReference => _activation.GrainReference;

    /// <summary>The grain's id as text.</summary>
    public string IdentityString => _activation.GrainId.ToString();

    /// <summary>Names the process the grain runs in.</summary>
    public string RuntimeIdentity => _activation.Runtime.Identity;

    /// <summary>Makes references to other grains.</summary>
    protected IGrainFactory GrainFactory => _activation.Runtime.Factory;

    /// <inheritdoc/>
    public virtual Task OnActivateAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public virtual Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Ends this activation as soon as no call runs on it.</summary>
    protected void DeactivateOnIdle() => _activation.DeactivateOnIdle();

    /// <summary>Keeps this activation for at least <paramref name="timeSpan"/> longer; a negative span takes an earlier wish back.</summary>
    protected void DelayDeactivation(TimeSpan timeSpan) => _activation.DelayDeactivation(timeSpan);
}
