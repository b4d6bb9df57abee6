namespace Etdb.Grains.State;

/// <summary>Names the grains and the composition agree on.</summary>
public static class StorageNames
{
    /// <summary>The grain storage provider every persistent state uses.</summary>
    public const string Grains = "etdb";

    /// <summary>The reminder that wakes a grain which must not sleep for ever after a crash.</summary>
    public const string WakeReminder = "wake";
}
