namespace Orleans.Placement;

/// <summary>Base of the attributes that say on which silo a grain is activated. In one process there is nothing to choose.</summary>
[AttributeUsage(AttributeTargets.Class)]
public abstract class PlacementAttribute : Attribute
{
    private protected PlacementAttribute()
    {
    }
}

/// <summary>Any silo.</summary>
public sealed class RandomPlacementAttribute : PlacementAttribute;

/// <summary>The caller's silo.</summary>
public sealed class PreferLocalPlacementAttribute : PlacementAttribute;

/// <summary>The silo the grain id hashes to.</summary>
public sealed class HashBasedPlacementAttribute : PlacementAttribute;

/// <summary>A silo with few activations.</summary>
public sealed class ActivationCountBasedPlacementAttribute : PlacementAttribute;

/// <summary>A silo with free processor time and memory.</summary>
public sealed class ResourceOptimizedPlacementAttribute : PlacementAttribute;
