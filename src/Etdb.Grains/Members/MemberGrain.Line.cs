using Etdb.Domain.Repair;

namespace Etdb.Grains.Members;

/// <summary>The member's line: what repairs may use of it, and when.</summary>
public sealed partial class MemberGrain
{
    /// <inheritdoc/>
    public async Task SetLine(BandwidthBudget? line, string author, string reason)
    {
        var before = _state.Value;
        if (before.Registration is null)
        {
            throw new InvalidOperationException($"Member '{Id}' is not registered; register it first.");
        }

        await _reporter.ProveAsync("operator", null, null, line is null ? "line-free" : "line-limited", new { member = Id, author, reason, line?.BytesPerSecond, line?.Quiet }, author);
        var full = line is null ? null : line with { Level = line.BurstBytes, At = _reporter.Now };
        _state.Value = before with { Line = full, Version = before.Version + 1 };
        await _state.SaveAsync();
        await TellAsync();
    }

    /// <inheritdoc/>
    public Task<BandwidthBudget?> Line() => Task.FromResult(_state.Value.Line);

    /// <inheritdoc/>
    public async Task<DateTimeOffset?> TakeLine(long bytes, RepairLevel level)
    {
        if (_state.Value.Line is not { } line)
        {
            return null;
        }

        var (taken, until) = line.TryTake(bytes, level, _reporter.Now);
        if (until is null)
        {
            _state.Value = _state.Value with { Line = taken };
            await _state.SaveAsync();
        }

        return until;
    }

    /// <inheritdoc/>
    public async Task ReturnLine(long bytes)
    {
        if (_state.Value.Line is { BytesPerSecond: > 0 } line)
        {
            _state.Value = _state.Value with { Line = line with { Level = Math.Min(line.BurstBytes, line.Level + bytes) } };
            await _state.SaveAsync();
        }
    }
}
