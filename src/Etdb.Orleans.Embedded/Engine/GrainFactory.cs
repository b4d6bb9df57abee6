using Orleans;
using Orleans.Runtime;

namespace Etdb.Orleans.Embedded.Engine;

/// <summary>Makes references; also serves code outside grains.</summary>
internal sealed class GrainFactory(GrainRuntime runtime) : IClusterClient
{
    /// <inheritdoc/>
    public IServiceProvider ServiceProvider => runtime.Services;

    /// <inheritdoc/>
    public TGrainInterface GetGrain<TGrainInterface>(Guid primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithGuidKey => Make<TGrainInterface>(GrainKey.Of(primaryKey), grainClassNamePrefix);

    /// <inheritdoc/>
    public TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithIntegerKey => Make<TGrainInterface>(GrainKey.Of(primaryKey), grainClassNamePrefix);

    /// <inheritdoc/>
    public TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey => Make<TGrainInterface>(GrainKey.Of(primaryKey), grainClassNamePrefix);

    /// <inheritdoc/>
    public TGrainInterface GetGrain<TGrainInterface>(Guid primaryKey, string keyExtension, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithGuidCompoundKey => Make<TGrainInterface>(GrainKey.Of(primaryKey, keyExtension), grainClassNamePrefix);

    /// <inheritdoc/>
    public TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string keyExtension, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithIntegerCompoundKey => Make<TGrainInterface>(GrainKey.Of(primaryKey, keyExtension), grainClassNamePrefix);

    /// <inheritdoc/>
    public TGrainInterface GetGrain<TGrainInterface>(GrainId grainId)
        where TGrainInterface : IAddressable => (TGrainInterface)Bind(typeof(TGrainInterface), grainId);

    /// <summary>A reference by interface type.</summary>
    public object Bind(Type interfaceType, GrainId grainId)
    {
        var grainInterface = GrainInterface.Of(interfaceType);
        return grainInterface.Prototype.BindTo(runtime, grainInterface, grainId);
    }

    /// <summary>A reference to a grain of a class, by the first of its grain interfaces.</summary>
    public GrainReference ReferenceTo(GrainClass grainClass, GrainId grainId) =>
        (GrainReference)Bind(runtime.Classes.MainInterfaceOf(grainClass), grainId);

    private TGrainInterface Make<TGrainInterface>(IdSpan key, string? prefix)
    {
        var grainClass = runtime.Classes.Implementing(typeof(TGrainInterface), prefix);
        return (TGrainInterface)Bind(typeof(TGrainInterface), new GrainId(grainClass.GrainType, key));
    }
}
