namespace Orleans.Providers;

/// <summary>Names providers have when nothing else is said.</summary>
public static class ProviderConstants
{
    /// <summary>The storage provider used by states that name none.</summary>
    public const string DEFAULT_STORAGE_PROVIDER_NAME = "Default";
}
