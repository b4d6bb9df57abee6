using Etdb.Domain.Repair;
using Etdb.Grains.Repair;

namespace Etdb.Grains.Tests.Repair;

/// <summary>What is due comes out by urgency, never twice, never early.</summary>
public sealed class DueQueueTests
{
    private static readonly DateTimeOffset T0 = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly DueQueue _queue = new();

    [Fact]
    public void The_unplanned_come_first_then_the_most_urgent()
    {
        _queue.Set("low", Key(RepairLevel.Low, "low"), T0);
        _queue.Set("last", Key(RepairLevel.LastCopy, "last"), T0);
        _queue.Set("new", null, T0);
        Assert.Equal("new last low", $"{_queue.Take(T0)} {_queue.Take(T0)} {_queue.Take(T0)}");
        Assert.Null(_queue.Take(T0));
    }

    [Fact]
    public void Nothing_comes_before_its_time()
    {
        _queue.Set("a", null, T0.AddHours(1));
        Assert.Null(_queue.Take(T0));
        Assert.Equal(T0.AddHours(1), _queue.Next());
        Assert.Equal("a", _queue.Take(T0.AddHours(1)));
    }

    [Fact]
    public void A_new_time_replaces_the_old_one_even_when_it_was_due()
    {
        _queue.Set("a", null, T0);
        _queue.Set("b", null, T0);
        Assert.Equal("a", _queue.Take(T0));
        _queue.Set("b", null, T0.AddHours(2));
        Assert.Null(_queue.Take(T0));
        Assert.Equal("b", _queue.Take(T0.AddHours(2)));
        Assert.Null(_queue.Take(T0.AddHours(9)));
    }

    [Fact]
    public void It_agrees_with_a_plain_list_over_random_operations()
    {
        var random = new Random(5);
        var model = new Dictionary<string, (PriorityKey Key, DateTimeOffset At)>(StringComparer.Ordinal);
        var now = T0;
        var takes = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var id = $"d{random.Next(40)}";
            switch (random.Next(4))
            {
                case 0 or 1:
                    var key = Key((RepairLevel)random.Next(6), id);
                    var at = now.AddMinutes(random.Next(-5, 30));
                    _queue.Set(id, key, at);
                    model[id] = (key, at);
                    break;
                case 2:
                    _queue.Remove(id);
                    model.Remove(id);
                    break;
                default:
                    now = now.AddMinutes(random.Next(4));
                    var due = model.Where(m => m.Value.At <= now).OrderBy(m => m.Value.Key).ToList();
                    takes += due.Count > 0 ? 1 : 0;
                    var longest = due.Count > 0 && takes % DueQueue.LongestEvery == 0 && due[0].Value.Key.Level != RepairLevel.LastCopy;
                    var expected = (longest ? due.OrderBy(m => m.Value.At).ThenBy(m => m.Key, StringComparer.Ordinal).First() : due.FirstOrDefault()).Key;
                    var taken = _queue.Take(now);
                    Assert.Equal(expected, taken);
                    if (taken is not null)
                    {
                        model.Remove(taken);
                        _queue.Remove(taken);
                    }

                    break;
            }
        }
    }

    /// <summary>Aim: nothing starves, and last copies wait for nothing. Method: one of no urgency among urgent ones that are due again at once.</summary>
    [Theory]
    [InlineData(RepairLevel.Low, DueQueue.LongestEvery)]
    [InlineData(RepairLevel.LastCopy, int.MaxValue)]
    public void What_has_been_due_longest_is_taken_now_and_then_unless_last_copies_wait(RepairLevel others, int within)
    {
        _queue.Set("idle", Key(RepairLevel.None, "idle"), T0);
        for (var i = 0; i < 5; i++)
        {
            _queue.Set($"busy{i}", Key(others, $"busy{i}"), T0.AddSeconds(1));
        }

        var at = int.MaxValue;
        for (var i = 1; i <= 100 && at == int.MaxValue; i++)
        {
            var now = T0.AddSeconds(1 + i);
            var id = _queue.Take(now)!;
            at = id == "idle" ? i : at;
            _queue.Set(id, Key(others, id), now);
        }

        Assert.Equal(within, at);
    }

    private static PriorityKey Key(RepairLevel level, string id) => new(level, 0.1, 1, T0, id);
}
