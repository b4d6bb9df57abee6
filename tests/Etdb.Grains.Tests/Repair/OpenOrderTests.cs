using Etdb.Domain.Records;
using Etdb.Domain.Repair;
using Etdb.Grains.Repair;

namespace Etdb.Grains.Tests.Repair;

/// <summary>A shard that starts asks those it knows to be open by urgency and one after the other.</summary>
public sealed class OpenOrderTests
{
    private static readonly DateTimeOffset T0 = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Apart = TimeSpan.FromMilliseconds(40);

    [Fact]
    public void The_unplanned_come_at_once_then_the_most_urgent_each_later_than_the_one_before()
    {
        var order = OpenOrder.Of([Ticket("low", RepairLevel.Low), Ticket("b"), Ticket("unreadable", RepairLevel.Unreadable), Ticket("last", RepairLevel.LastCopy), Ticket("a")], T0, Apart).ToList();
        Assert.Equal("a b last low unreadable", string.Join(' ', order.Select(o => o.Ticket.Dataset.Value)));
        Assert.Equal([T0, T0 + Apart, T0 + (2 * Apart), T0 + (3 * Apart), T0 + (4 * Apart)], order.Select(o => o.At));
    }

    [Fact]
    public void A_queue_filled_so_gives_out_no_more_than_time_has_passed_for_and_news_of_one_goes_before()
    {
        const int Open = 1_000;
        var queue = new DueQueue();
        foreach (var (ticket, at) in OpenOrder.Of(Enumerable.Range(0, Open).Select(i => Ticket($"d{i:d4}", RepairLevel.Low)), T0, Apart))
        {
            queue.Set(ticket.Dataset.Value, ticket.Key, at);
        }

        Assert.Equal("d0000", queue.Take(T0));
        Assert.Null(queue.Take(T0));
        queue.Set("d0999", Ticket("d0999", RepairLevel.VeryLow).Key, T0); // Filed with what was seen on a node.
        Assert.Equal("d0999", queue.Take(T0));
        Assert.Null(queue.Take(T0));
        var taken = 0;
        for (; queue.Take(T0 + (100 * Apart)) is not null; taken++)
        {
        }

        Assert.Equal(100, taken);
    }

    private static RepairTicket Ticket(string id, RepairLevel? level = null) =>
        new(new DatasetId(id), level is { } l ? new PriorityKey(l, 0, 0, T0, id) : null, T0, 0);
}
