using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Providers;
using Orleans.Runtime;
using Orleans.Storage;

namespace Etdb.Orleans.Embedded.Engine;

/// <summary>A grain's state between its memory and its storage provider.</summary>
internal sealed class PersistentState<TState> : IPersistentState<TState>, IActivationState
{
    private readonly GrainRuntime _runtime;
    private readonly IGrainStorage _storage;
    private readonly GrainId _grainId;
    private readonly string _name;
    private readonly GrainState<TState> _state = new(NewState());

    private PersistentState(GrainRuntime runtime, IGrainStorage storage, GrainId grainId, string name)
    {
        _runtime = runtime;
        _storage = storage;
        _grainId = grainId;
        _name = name;
    }

    /// <inheritdoc/>
    public TState State
    {
        get => _state.State;
        set => _state.State = value;
    }

    /// <inheritdoc/>
    public string? Etag => _state.ETag;

    /// <inheritdoc/>
    public bool RecordExists => _state.RecordExists;

    /// <summary>Makes the state of an activation and has it read before the grain's activation code.</summary>
    public static object Create(Activation activation, PersistentStateAttribute facet)
    {
        var provider = facet.StorageName ?? ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME;
        var services = activation.Runtime.Services;
        var storage = services.GetKeyedService<IGrainStorage>(provider)
            ?? (facet.StorageName is null ? services.GetService<IGrainStorage>() : null)
            ?? throw new BadProviderConfigException($"Grain {activation.GrainId} wants storage provider '{provider}' for state '{facet.StateName}', and none of that name is registered.");
        var state = new PersistentState<TState>(activation.Runtime, storage, activation.GrainId, facet.StateName);
        activation.AddState(state);
        return state;
    }

    /// <inheritdoc/>
    public Task ReadStateAsync() => ReadStateAsync(CancellationToken.None);

    /// <inheritdoc/>
    public Task WriteStateAsync() => WriteStateAsync(CancellationToken.None);

    /// <inheritdoc/>
    public Task ClearStateAsync() => ClearStateAsync(CancellationToken.None);

    /// <inheritdoc cref="ReadStateAsync()"/>
    public async Task ReadStateAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _storage.ReadStateAsync(_name, _grainId, _state, cancellationToken);
        }
        catch (Exception failure) when (IsProviderFailure(failure))
        {
            throw Wrap(failure, "ReadStateAsync");
        }
    }

    /// <inheritdoc cref="WriteStateAsync()"/>
    public async Task WriteStateAsync(CancellationToken cancellationToken)
    {
        await _runtime.StillThere;
        try
        {
            await _storage.WriteStateAsync(_name, _grainId, _state, cancellationToken);
        }
        catch (Exception failure) when (IsProviderFailure(failure))
        {
            throw Wrap(failure, "WriteStateAsync");
        }
    }

    /// <inheritdoc cref="ClearStateAsync()"/>
    public async Task ClearStateAsync(CancellationToken cancellationToken)
    {
        await _runtime.StillThere;
        try
        {
            await _storage.ClearStateAsync(_name, _grainId, _state, cancellationToken);
        }
        catch (Exception failure) when (IsProviderFailure(failure))
        {
            throw Wrap(failure, "ClearStateAsync");
        }

        _state.State = NewState();
    }

    /// <summary>True for what must be wrapped; marks a conflict as this activation's own on the way.</summary>
    private static bool IsProviderFailure(Exception failure)
    {
        if (failure is InconsistentStateException conflict)
        {
            conflict.IsSourceActivation = true;
        }

        return failure is not (OrleansException or OperationCanceledException);
    }

    /// <summary>As Microsoft Orleans does it: grain code sees an <see cref="OrleansException"/> with the provider's own exception inside.</summary>
    private OrleansException Wrap(Exception failure, string operation) =>
        new($"Error from storage provider {_storage.GetType().Name}.{_name} during {operation} for grain {_grainId}: {failure.Message}", failure);

    private static TState NewState() =>
        typeof(TState).IsValueType || typeof(TState).GetConstructor(Type.EmptyTypes) is not null ? Activator.CreateInstance<TState>() : default!;
}
