namespace Orleans.CodeGeneration;

/// <summary>The version of a grain interface, for rolling upgrades of a cluster.</summary>
[AttributeUsage(AttributeTargets.Interface)]
public sealed class VersionAttribute(ushort version) : Attribute
{
    /// <summary>The version.</summary>
    public ushort Version { get; } = version;
}
