using System.Collections.Immutable;
using Etdb.Ledger.Indexing.State;
using Etdb.Ledger.Oip;

namespace Etdb.Ledger.Indexing;

// Multipart records. A part 0 opens a group under its own txid; later parts name that txid, whole or by its first ten digits, and may
// come before it. Only parts by the signer of part 0 count, whoever else names the group; the number of parts is what part 0
// says; for one place the first transaction in the chain counts. What is incomplete after a week of block time is dropped.
public sealed partial class OipIndex
{
    private readonly TrackedMap<string, PartGroup> _groups;
    private readonly TrackedMap<(string Key, string Address), TxidList> _groupsByKey;
    private readonly TrackedMap<(string Key, string Address), PartList> _waiting;
    private readonly TrackedMap<(string Key, string Address), TxidList> _completed;
    private readonly TrackedCounter _pendingParts;

    private sealed record StoredPart(ChainPlace Place, MultipartPart Part);

    private sealed record PartList(ImmutableList<StoredPart> Parts);

    private sealed record TxidList(ImmutableList<string> Txids);

    /// <summary>Parts in the order of their numbers; as many as are there, whatever number part 0 promises.</summary>
    private sealed record PartGroup(ImmutableArray<StoredPart> Parts)
    {
        public StoredPart First => Parts[0];

        public string Txid => First.Place.Txid;

        public int Max => First.Part.Max;

        public bool IsComplete => Parts.Length == Max + 1;

        /// <summary>Where the part of a number is, or the complement of where it belongs.</summary>
        public int Find(int number)
        {
            var (low, high) = (0, Parts.Length - 1);
            while (low <= high)
            {
                var middle = (low + high) / 2;
                switch (Parts[middle].Part.Part.CompareTo(number))
                {
                    case 0:
                        return middle;
                    case < 0:
                        low = middle + 1;
                        break;
                    default:
                        high = middle - 1;
                        break;
                }
            }

            return ~low;
        }

        public PartGroup With(StoredPart part) => new(Parts.Insert(~Find(part.Part.Part), part));

        public Deadline Deadline => new(First.Place.Time + OipLimits.PendingSeconds, First.Place.Order, false, Txid, First.Part.Address);
    }

    /// <summary>Records that wait for parts, by the place of what is there.</summary>
    public IReadOnlyList<PendingMultipart> PendingMultiparts()
    {
        var open = _groups.Values.Select(g => (
            g.First.Place.Order,
            Pending: new PendingMultipart(g.Txid, g.First.Part.Address, g.Max, [.. g.Parts.Select(p => p.Part.Part)])));
        var headless = _waiting.Values.SelectMany(l => l.Parts).GroupBy(p => (p.Part.Reference, p.Part.Address)).Select(g => (
            g.Min(p => p.Place.Order),
            Pending: new PendingMultipart(g.Key.Reference, g.Key.Address, null, [.. g.Select(p => p.Part.Part).Distinct().Order()])));
        return [.. open.Concat(headless).OrderBy(p => p.Item1).Select(p => p.Pending)];
    }

    private void TakePart(ChainPlace place, MultipartPart part)
    {
        if (_pendingParts.Value >= OipLimits.MaxPendingParts)
        {
            Refuse(place.Txid, OipReason.PendingLimit, place.Height);
            return;
        }

        var stored = new StoredPart(place, part);
        if (part.Part == 0)
        {
            OpenGroup(stored);
        }
        else
        {
            JoinGroup(stored);
        }
    }

    private void OpenGroup(StoredPart first)
    {
        var txid = first.Place.Txid;
        var key = (Key(txid), first.Part.Address);
        var group = new PartGroup([first]);
        _groups.Set(txid, group);
        _groupsByKey.Set(key, new TxidList((_groupsByKey.Find(key)?.Txids ?? []).Add(txid)));
        _deadlines.Add(group.Deadline);
        _pendingParts.Add(1);
        if (group.IsComplete)
        {
            Complete(group, key);
            return;
        }

        if (!_waiting.TryGet(key, out var list))
        {
            return;
        }

        var mine = list.Parts.Where(p => txid.StartsWith(p.Part.Reference, StringComparison.Ordinal)).ToList();
        SetWaiting(key, list.Parts.RemoveRange(mine));
        foreach (var part in mine)
        {
            _deadlines.Remove(WaitDeadline(part));
            _pendingParts.Add(-1);
            if (part.Part.Part > first.Part.Max || part.Part.IsProto != first.Part.IsProto)
            {
                Refuse(part.Place.Txid, OipReason.MultipartNumbers, part.Place.Height);
                continue;
            }

            JoinGroup(part);
        }
    }

    private void JoinGroup(StoredPart part)
    {
        var key = (Key(part.Part.Reference), part.Part.Address);
        var candidates = _groupsByKey.Find(key)?.Txids.FindAll(t => t.StartsWith(part.Part.Reference, StringComparison.Ordinal)) ?? [];
        if (candidates.Count == 0)
        {
            if (_completed.Find(key)?.Txids.Exists(t => t.StartsWith(part.Part.Reference, StringComparison.Ordinal)) == true)
            {
                Refuse(part.Place.Txid, OipReason.MultipartDuplicate, part.Place.Height);
                return;
            }

            SetWaiting(key, (_waiting.Find(key)?.Parts ?? []).Add(part));
            _deadlines.Add(WaitDeadline(part));
            _pendingParts.Add(1);
            return;
        }

        var groups = candidates.ConvertAll(t => _groups.Find(t)!);
        var fitting = groups.FindAll(g => part.Part.Part <= g.Max && part.Part.IsProto == g.First.Part.IsProto);
        if (fitting.Find(g => g.Find(part.Part.Part) < 0) is not { } group)
        {
            Refuse(part.Place.Txid, fitting.Count == 0 ? OipReason.MultipartNumbers : OipReason.MultipartDuplicate, part.Place.Height);
            return;
        }

        group = group.With(part);
        _groups.Set(group.Txid, group);
        _pendingParts.Add(1);
        if (group.IsComplete)
        {
            Complete(group, key);
        }
    }

    private void Complete(PartGroup group, (string Key, string Address) key)
    {
        CloseGroup(group);
        _completed.Set(key, new TxidList((_completed.Find(key)?.Txids ?? []).Add(group.Txid)));
        var origin = new Origin(
            group.First.Place with { Order = ++_order }, group.First.Part.Address, IsBoundByReferences(group));
        var length = Length(group);
        if (length > OipLimits.MaxRecordBytes)
        {
            Refuse(origin, OipReason.TooLarge);
            return;
        }

        // The record is a comment of part 0's transaction: its height decides which prefixes count.
        var message = ReadJoined(group, (int)length);

        if (message is PartMessage || message.Kind == OipKind.Multipart)
        {
            Refuse(origin, OipReason.MultipartNested);
            return;
        }

        if (message is IgnoredMessage or TextMessage)
        {
            Refuse(origin, message.Reason == OipReason.None ? OipReason.NotOip : message.Reason);
            return;
        }

        Apply(origin, message);
    }

    private OipMessage ReadJoined(PartGroup group, int length)
    {
        var height = group.First.Place.Height;
        if (_ahead?.Find(group.Txid, height) is { } ahead && IsJoin(group, ahead.Bytes))
        {
            return ahead.Message;
        }

        var bytes = Join(group, length);
        var message = _reader.Read(bytes, height, isCoinbase: false);

        // oipd takes what OIP 5 parts hold for a comment, prefix and all; the message itself, without one, can be told from that.
        return group.First.Part.IsProto && message is IgnoredMessage ? ProtoReader.Read(bytes, _reader.Verifier) : message;
    }

    private static bool IsBoundByReferences(PartGroup group)
    {
        for (var i = 1; i < group.Parts.Length; i++)
        {
            if (!group.Parts[i].Part.HasFullReference)
            {
                return false;
            }
        }

        return true;
    }

    private static long Length(PartGroup group)
    {
        var length = 0L;
        foreach (var part in group.Parts)
        {
            length += part.Part.Data.Length;
        }

        return length;
    }

    private static byte[] Join(PartGroup group, int length)
    {
        var bytes = new byte[length];
        var offset = 0;
        foreach (var part in group.Parts)
        {
            part.Part.Data.CopyTo(bytes.AsMemory(offset));
            offset += part.Part.Data.Length;
        }

        return bytes;
    }

    /// <summary>Whether these are the bytes of the parts, one after the other.</summary>
    private static bool IsJoin(PartGroup group, ReadOnlySpan<byte> bytes)
    {
        foreach (var part in group.Parts)
        {
            var data = part.Part.Data.Span;
            if (!bytes.StartsWith(data))
            {
                return false;
            }

            bytes = bytes[data.Length..];
        }

        return bytes.IsEmpty;
    }

    private void CloseGroup(PartGroup group)
    {
        var key = (Key(group.Txid), group.First.Part.Address);
        var rest = _groupsByKey.Find(key)!.Txids.Remove(group.Txid);
        _groupsByKey.Set(key, rest.IsEmpty ? null : new TxidList(rest));
        _groups.Set(group.Txid, null);
        _deadlines.Remove(group.Deadline);
        _pendingParts.Add(-group.Parts.Length);
    }

    private static string Key(string txid) => txid.Length <= MultipartPart.KeyDigits ? txid : txid[..MultipartPart.KeyDigits];

    private void SetWaiting((string Key, string Address) key, ImmutableList<StoredPart> parts) =>
        _waiting.Set(key, parts.IsEmpty ? null : new PartList(parts));

    private static Deadline WaitDeadline(StoredPart part) => new(
        part.Place.Time + OipLimits.PendingSeconds, part.Place.Order, false, Key(part.Part.Reference), part.Part.Address);

    /// <summary>Ends every wait that is over at the time of <paramref name="block"/>.</summary>
    private void Expire(OipBlock block)
    {
        while (_deadlines.Count > 0 && _deadlines.First is var deadline && deadline.Time < block.Time)
        {
            _deadlines.Remove(deadline);
            if (deadline.IsAction)
            {
                ExpireAction(deadline);
            }
            else if (_groups.TryGet(deadline.Id, out var group))
            {
                CloseGroup(group);
                foreach (var part in group.Parts)
                {
                    Refuse(part.Place.Txid, OipReason.MultipartStale, part.Place.Height);
                }
            }
            else
            {
                ExpireWaiting(deadline);
            }
        }
    }

    private void ExpireWaiting(Deadline deadline)
    {
        var key = (deadline.Id, deadline.Address);
        var parts = _waiting.Find(key)!.Parts;
        var expired = parts.Find(p => p.Place.Order == deadline.Order)!;
        SetWaiting(key, parts.Remove(expired));
        _pendingParts.Add(-1);
        Refuse(expired.Place.Txid, OipReason.MultipartStale, expired.Place.Height);
    }
}
