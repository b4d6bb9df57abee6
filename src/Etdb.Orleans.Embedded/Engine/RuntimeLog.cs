using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Etdb.Orleans.Embedded.Engine;

/// <summary>Log lines of the runtime: event ids 5000 and up.</summary>
internal static partial class RuntimeLog
{
    [LoggerMessage(5000, LogLevel.Information, "Grain runtime: Embedded, {Classes} grain classes, {Identity}")]
    public static partial void RuntimeStarted(this ILogger logger, int classes, string identity);

    [LoggerMessage(5001, LogLevel.Information, "Grain runtime stopped; {Drained} activations ended in order")]
    public static partial void RuntimeStopped(this ILogger logger, int drained);

    [LoggerMessage(5002, LogLevel.Warning, "The grain runtime was stopped before it had drained: {Drained} activations ended in order, {Left} were dropped")]
    public static partial void DrainCutShort(this ILogger logger, int drained, int left);

    [LoggerMessage(5003, LogLevel.Error, "Grain {GrainId} ({Class}) could not be activated; the calls that waited for it fail with this error")]
    public static partial void ActivationFailed(this ILogger logger, Exception failure, GrainId grainId, string @class);

    [LoggerMessage(5004, LogLevel.Warning, "Grain {GrainId} failed while it was deactivated ({Reason}); it is gone all the same")]
    public static partial void DeactivationFailed(this ILogger logger, Exception failure, GrainId grainId, string reason);

    [LoggerMessage(5005, LogLevel.Warning, "A timer of grain {GrainId} failed; it goes on at its next tick")]
    public static partial void TimerFailed(this ILogger logger, Exception failure, GrainId grainId);

    [LoggerMessage(5006, LogLevel.Warning, "Reminder {Name} of grain {GrainId} failed; it goes on at its next tick")]
    public static partial void ReminderFailed(this ILogger logger, Exception failure, GrainId grainId, string name);

    [LoggerMessage(5007, LogLevel.Information, "{Count} reminders are armed")]
    public static partial void RemindersArmed(this ILogger logger, int count);

    [LoggerMessage(5008, LogLevel.Debug, "{Ended} idle activations were ended, {Left} grains are active")]
    public static partial void Collected(this ILogger logger, int ended, int left);

    [LoggerMessage(5009, LogLevel.Warning, "One-way call {Method} on grain {GrainId} failed")]
    public static partial void OneWayFailed(this ILogger logger, Exception failure, GrainId grainId, string method);

    [LoggerMessage(5010, LogLevel.Warning, "{Request} ran {Milliseconds} ms on its grain; the limit for this warning is {LimitMilliseconds} ms")]
    public static partial void SlowRequest(this ILogger logger, string request, long milliseconds, long limitMilliseconds);

    [LoggerMessage(5013, LogLevel.Warning, "The clock was put back by {Seconds} s; {Count} reminders fall due as much earlier")]
    public static partial void ClockPutBack(this ILogger logger, double seconds, int count);

    [LoggerMessage(5012, LogLevel.Warning, "Grains wait for each other: {Explanation}")]
    public static partial void Deadlock(this ILogger logger, string explanation);

    [LoggerMessage(5011, LogLevel.Warning, "A turn of grain {GrainId} held its thread for {Milliseconds} ms while it ran {Running}: grain code must not block")]
    public static partial void SlowTurn(this ILogger logger, GrainId grainId, long milliseconds, string running);
}
