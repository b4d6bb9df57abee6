namespace Etdb.Grains.Nodes;

/// <summary>
/// The slots of one node, in memory. A slot is leased: its holder renews it, a dead holder's falls free. After a restart the table is
/// empty although transfers may still run, so for one lease only renewals are let in; that keeps the limit true across crashes without
/// writing every slot to disk.
/// </summary>
internal sealed class SlotTable(int inSlots, int outSlots, TimeSpan lease)
{
    private readonly Dictionary<string, Slot> _slots = new(StringComparer.Ordinal);
    private DateTimeOffset _renewalsOnlyUntil = DateTimeOffset.MinValue;

    /// <summary>Bytes promised to work that has not ended.</summary>
    public long ReservedBytes { get; private set; }

    /// <summary>Begins the time in which only renewals are let in.</summary>
    public void WaitForHolders(DateTimeOffset now) => _renewalsOnlyUntil = now + lease;

    public int Count(SlotDirection direction)
    {
        var count = 0;
        foreach (var slot in _slots.Values)
        {
            count += slot.Direction == direction ? 1 : 0;
        }

        return count;
    }

    /// <summary>Takes or renews. <paramref name="roomBytes"/>: what the node can still take, reservations not yet taken off; null when unknown.</summary>
    public ReserveAnswer Take(SlotRequest request, long? roomBytes, DateTimeOffset now)
    {
        Expire(now);
        if (_slots.TryGetValue(request.Op, out var held))
        {
            _slots[request.Op] = held with { Until = now + lease };
            return ReserveAnswer.Granted;
        }

        if (!request.Renew && now < _renewalsOnlyUntil)
        {
            return ReserveAnswer.Busy;
        }

        var limit = request.Direction == SlotDirection.In ? inSlots : outSlots;

        // A quarter of the slots (where there are enough) waits for datasets down to their last copies.
        var usable = request.Urgent ? limit : Math.Max(1, limit - (limit / 4));
        if (Count(request.Direction) >= usable)
        {
            return ReserveAnswer.Busy;
        }

        if (request.Direction == SlotDirection.In && roomBytes is { } room && room - ReservedBytes < request.Bytes)
        {
            return ReserveAnswer.NoRoom;
        }

        _slots[request.Op] = new Slot(request.Direction, request.Bytes, now + lease);
        ReservedBytes += request.Bytes;
        return ReserveAnswer.Granted;
    }

    /// <summary>Extends a slot that is held; false when it is not.</summary>
    public bool Renew(string op, DateTimeOffset now)
    {
        if (!_slots.TryGetValue(op, out var held))
        {
            return false;
        }

        _slots[op] = held with { Until = now + lease };
        return true;
    }

    public void Release(string op)
    {
        if (_slots.Remove(op, out var slot))
        {
            ReservedBytes -= slot.Bytes;
        }
    }

    private void Expire(DateTimeOffset now)
    {
        List<string>? gone = null;
        foreach (var (op, slot) in _slots)
        {
            if (slot.Until <= now)
            {
                (gone ??= []).Add(op);
            }
        }

        foreach (var op in gone ?? [])
        {
            Release(op);
        }
    }

    private sealed record Slot(SlotDirection Direction, long Bytes, DateTimeOffset Until);
}
