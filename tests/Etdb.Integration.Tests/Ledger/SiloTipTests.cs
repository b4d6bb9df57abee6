using System.Net.Http.Json;
using System.Text.Json;
using Etdb.Integration.Tests.Security;

namespace Etdb.Integration.Tests.Ledger;

/// <summary>A whole silo with <c>Silo:LedgerZmq</c> that would look for blocks once an hour reads one that libzmq's publisher announces.</summary>
public sealed class SiloTipTests
{
    [Fact]
    public async Task An_announced_block_is_read_by_a_silo_that_polls_once_an_hour()
    {
        var ct = TestContext.Current.CancellationToken;
        using var publisher = await ZmqPublisher.StartAsync(ct);
        await using var silo = await SiloUnderTest.StartAsync(
            o => o.LedgerZmq = publisher.Endpoint, poll: TimeSpan.FromHours(1));
        using var http = silo.Client(null);
        await SiloUnderTest.WaitAsync(async () => await HeightAsync(http, ct) == 0, "the genesis block to be read");

        // A subscription may come after the first announcement.
        var hash = silo.Mine();
        await SiloUnderTest.WaitAsync(
            async () =>
            {
                await publisher.AnnounceAsync(hash);
                return await HeightAsync(http, ct) == 1;
            },
            "the announced block to be read");
    }

    private static async Task<long> HeightAsync(HttpClient http, CancellationToken ct) =>
        (await http.GetFromJsonAsync<JsonElement>("api/v1/cluster", ct)).GetProperty("ledger").GetProperty("height").GetInt64();
}
