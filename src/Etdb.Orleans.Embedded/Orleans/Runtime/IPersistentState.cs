using Orleans.Core;

namespace Orleans.Runtime;

/// <summary>A grain's named state; read before <see cref="IGrainBase.OnActivateAsync"/>.</summary>
public interface IPersistentState<TState> : IStorage<TState>;

/// <summary>Names the state of a constructor parameter of type <see cref="IPersistentState{TState}"/> and its storage provider.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public class PersistentStateAttribute : Attribute, IFacetMetadata
{
    public PersistentStateAttribute(string stateName, string? storageName = null)
    {
        StateName = stateName;
        StorageName = storageName;
    }

    /// <summary>Name of the state, part of its key.</summary>
    public string StateName { get; }

    /// <summary>Name of the provider; null means the default one.</summary>
    public string? StorageName { get; }
}
