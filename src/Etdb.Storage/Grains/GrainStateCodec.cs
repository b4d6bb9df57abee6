using System.Globalization;
using System.Text.Json;
using Orleans;
using Orleans.Storage;

namespace Etdb.Storage.Grains;

/// <summary>A grain's state as it lies in either database.</summary>
internal sealed record StoredState(long ETag, byte[] Body, long Checksum);

/// <summary>What both databases do alike with grain states: JSON with a checksum, ETags that are numbers, and the errors.</summary>
internal sealed class GrainStateCodec(JsonSerializerOptions json, string place)
{
    /// <summary>Grains with a state, in the order of their ids; the same in both databases.</summary>
    public const string ListQuery = "select distinct grain from grain_state where grain > @after and grain < @end order by grain limit @limit";

    /// <summary>Ids that begin with a prefix lie between it and it with a character above all others.</summary>
    public static (string Name, object? Value)[] ListParameters(string prefix, string? after, int limit) => [("@after", after ?? prefix), ("@end", prefix + "\U0010FFFF"), ("@limit", limit)];

    public byte[] Encode<T>(T state) => JsonSerializer.SerializeToUtf8Bytes(state, json);

    /// <summary>Fills <paramref name="grainState"/> from a row; without a row the grain gets a fresh state.</summary>
    public void Read<T>(StoredState? row, string grain, string state, IGrainState<T> grainState)
    {
        if (row is null)
        {
            Reset(grainState);
            return;
        }

        grainState.State = Decode<T>(row, grain, state);
        grainState.ETag = Text(row.ETag);
        grainState.RecordExists = true;
    }

    /// <summary>Nothing is stored: the grain gets a fresh state (null when its type has no parameterless constructor).</summary>
    public static void Reset<T>(IGrainState<T> grainState)
    {
        grainState.State = typeof(T).IsValueType || typeof(T).GetConstructor(Type.EmptyTypes) is not null ? Activator.CreateInstance<T>() : default!;
        grainState.ETag = null;
        grainState.RecordExists = false;
    }

    public static string Text(long etag) => etag.ToString(CultureInfo.InvariantCulture);

    public static long? Parse(string? etag)
    {
        if (string.IsNullOrEmpty(etag))
        {
            return null;
        }

        return long.TryParse(etag, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new InconsistentStateException($"ETag '{etag}' was not given by this store.");
    }

    public static InconsistentStateException Conflict(string grain, string state, object? stored, long? etag) => new(
        $"State '{state}' of grain {grain} was changed by another writer.",
        stored?.ToString(),
        etag?.ToString(CultureInfo.InvariantCulture));

    private T Decode<T>(StoredState row, string grain, string state)
    {
        if (Checksum.Of(row.Body) != row.Checksum)
        {
            throw Corrupt(grain, state, "its checksum does not match", null);
        }

        try
        {
            return JsonSerializer.Deserialize<T>(row.Body, json) ?? throw Corrupt(grain, state, "it is null", null);
        }
        catch (Exception failure) when (failure is JsonException or NotSupportedException or FormatException or ArgumentException)
        {
            throw Corrupt(grain, state, $"it is no {typeof(T).Name} ({failure.Message})", failure);
        }
    }

    private CorruptGrainStateException Corrupt(string grain, string state, string why, Exception? inner) => new(
        $"State '{state}' of grain {grain} in '{place}' cannot be read: {why}. The row was left as it is; restore it from a backup, or remove the row to have the grain rebuilt.",
        inner);
}
