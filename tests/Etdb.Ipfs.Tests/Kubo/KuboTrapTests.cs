using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;
using Etdb.Ipfs.Fetch;
using Etdb.Ipfs.Kubo;
using Etdb.Ipfs.Verify;
using Etdb.Testing.Ipfs;

namespace Etdb.Ipfs.Tests.Kubo;

/// <summary>Each trap of Kubo's RPC, played by a fake, and what the client makes of it.</summary>
public sealed class KuboTrapTests : IAsyncLifetime
{
    private readonly HttpClient _http = HttpPool.Create(TimeSpan.FromSeconds(2));
    private FakeKubo _kubo = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _kubo = await FakeKubo.StartAsync(FakeNames.Names, Token);

    public async ValueTask DisposeAsync()
    {
        await _kubo.DisposeAsync();
        _http.Dispose();
    }

    [Fact]
    public async Task A_pin_row_without_blocks_is_a_pin_and_no_replica()
    {
        var (root, _) = await FakeNames.FileAsync(5000, 1);
        _kubo.PinRow(root.ToString());

        Assert.Equal([root], await Node().ListPinsAsync(Token).ToListAsync(Token));
        var report = await Node().VerifyAsync(root, new ReplicaCheckOptions(), Token);
        Assert.Equal(ReplicaFinding.Missing, report.Finding);
    }

    [Fact]
    public async Task A_missing_raw_leaf_is_named_where_pin_verify_says_fine()
    {
        var (root, blocks) = await FillAsync(20_000);
        var leaf = blocks.First(static b => b.Cid.Codec == Multicodec.Raw).Cid;
        _kubo.Lose(leaf.ToString());

        using var verify = await _http.PostAsync(new Uri(_kubo.Api, "/api/v0/pin/verify"), null, Token);
        Assert.Contains("\"Ok\":true", await verify.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        var report = await Node().VerifyAsync(root, new ReplicaCheckOptions(), Token);
        Assert.Equal(ReplicaFinding.Missing, report.Finding);
        Assert.Equal([leaf], report.Missing);
        Assert.All(_kubo.Calls.Where(static c => c.StartsWith("block/get", StringComparison.Ordinal)), static c => Assert.Contains("offline=true", c, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_rotten_block_is_named_though_the_node_serves_it_happily()
    {
        var (root, blocks) = await FillAsync(20_000);
        _kubo.Rot(blocks[3].Cid.ToString());
        var report = await Node().VerifyAsync(root, new ReplicaCheckOptions(), Token);
        Assert.Equal(ReplicaFinding.Corrupt, report.Finding);
        Assert.Equal([blocks[3].Cid], report.Corrupt);
    }

    [Fact]
    public async Task An_existing_pin_is_never_pinned_again_so_that_it_cannot_be_lost()
    {
        var (root, blocks) = await FillAsync(20_000);
        _kubo.Lose(blocks[1].Cid.ToString());

        var result = await Node().PinAsync(root, [], 0, null, Token);

        Assert.Equal(KuboOutcome.Done, result.Outcome);
        Assert.Equal(TransferRoute.None, result.Route);
        Assert.True(_kubo.IsPinned(root.ToString()));
        Assert.DoesNotContain(_kubo.Calls, static c => c.StartsWith("pin/add", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Pins_are_never_asked_for_without_a_type()
    {
        var (root, _) = await FillAsync(3000);
        await Node().ListPinsAsync(Token).ToListAsync(Token);
        await Node().Client.IsPinnedAsync(root, Token);
        Assert.All(_kubo.Calls.Where(static c => c.StartsWith("pin/ls", StringComparison.Ordinal)), static c => Assert.Contains("type=recursive", c, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_stall_is_unknown_and_never_missing()
    {
        var (root, _) = await FillAsync(3000);
        _kubo.Stall("block/get");
        var report = await Node(TimeSpan.FromMilliseconds(150)).VerifyAsync(root, new ReplicaCheckOptions(), Token);
        Assert.Equal(ReplicaFinding.Unknown, report.Finding);
        Assert.Empty(report.Missing);
    }

    [Fact]
    public async Task A_listing_that_stops_half_way_throws()
    {
        for (var i = 0; i < 5; i++)
        {
            var (root, _) = await FakeNames.FileAsync(100, i);
            _kubo.PinRow(root.ToString());
        }

        _kubo.ListingStopsAfter = 3;
        var error = await Assert.ThrowsAsync<KuboException>(async () => await Node(TimeSpan.FromMilliseconds(150)).ListPinsAsync(Token).ToListAsync(Token));
        Assert.Equal(KuboOutcome.Stalled, error.Outcome);
    }

    [Fact]
    public async Task An_error_in_the_trailer_of_a_200_is_an_error()
    {
        await FillAsync(3000);
        _kubo.FailLate("pin/ls", "datastore: closed");
        var error = await Assert.ThrowsAsync<KuboException>(async () => await Node().ListPinsAsync(Token).ToListAsync(Token));
        Assert.Contains("datastore: closed", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Not_pinned_is_an_answer_and_unpinning_it_is_success()
    {
        var (root, _) = await FakeNames.FileAsync(3000, 1);
        Assert.False((await Node().Client.IsPinnedAsync(root, Token)).Value);
        Assert.Equal(KuboOutcome.NotPinned, (await Node().Client.PinRemoveAsync(root, Token)).Outcome);
        Assert.Equal(KuboOutcome.Done, (await Node().UnpinAsync(root, Token)).Outcome);
    }

    [Fact]
    public async Task A_full_disk_in_the_trailer_of_a_pin_is_told_as_that()
    {
        var (root, blocks) = await FakeNames.FileAsync(20_000, 1);
        Offer(blocks);
        _kubo.DiskFull = true;
        var result = await Node().PinAsync(root, [], 0, null, Token);
        Assert.Equal(KuboOutcome.DiskFull, result.Outcome);
        Assert.False(_kubo.IsPinned(root.ToString()));
    }

    [Fact]
    public async Task Too_little_room_is_told_before_a_byte_moves()
    {
        var (root, _) = await FakeNames.FileAsync(3000, 1);
        Assert.Equal(KuboOutcome.DiskFull, (await Node().PinAsync(root, [], 20_000_000_000, null, Token)).Outcome);
        Assert.DoesNotContain(_kubo.Calls, static c => c.StartsWith("pin/add", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_pin_without_providers_ends_and_leaves_what_came()
    {
        var (root, blocks) = await FakeNames.FileAsync(20_000, 1);
        Offer(blocks.Where(b => b.Cid == root));
        var result = await Node(TimeSpan.FromMilliseconds(200)).PinAsync(root, [], 0, null, Token);
        Assert.NotEqual(KuboOutcome.Done, result.Outcome);
        Assert.True(_kubo.Has(root.ToString()));
    }

    [Fact]
    public async Task A_pin_behind_a_waiting_collection_is_a_stall()
    {
        var (root, blocks) = await FakeNames.FileAsync(3000, 1);
        var (endless, _) = await FakeNames.FileAsync(3000, 2);
        Offer(blocks);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var stuck = Node(TimeSpan.FromMinutes(1)).Client.PinAddAsync(endless, [], null, giveUp.Token);
        await UntilAsync(() => _kubo.Calls.Any(c => c.Contains(endless.ToString(), StringComparison.Ordinal)));
        var collection = Node(TimeSpan.FromMinutes(1)).Client.CollectGarbageAsync(giveUp.Token);
        await UntilAsync(() => _kubo.Calls.Contains("repo/gc?stream-errors=true"));
        await Task.Delay(50, Token);

        Assert.Equal(KuboOutcome.Stalled, (await Node(TimeSpan.FromMilliseconds(200)).Client.PinAddAsync(root, [], null, Token)).Outcome);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stuck);
        await Task.WhenAny(collection);
    }

    [Fact]
    public async Task Wrong_credentials_are_told_apart_and_right_ones_are_sent()
    {
        _kubo.Authorization = ("Bearer secret", ["/api/v0/id", "/api/v0/pin/ls"]);
        Assert.Equal(KuboOutcome.Unauthorized, (await Node().Client.IdAsync(Token)).Outcome);
        Assert.True((await Node().Client.VersionAsync(Token)).Done);
        var allowed = new RemoteNode(_http, new KuboEndpoint(_kubo.Api, null, "Bearer secret"), new KuboClientOptions());
        Assert.True((await allowed.Client.IdAsync(Token)).Done);
        Assert.Equal(KuboOutcome.Unauthorized, (await allowed.Client.RepoStatAsync(Token)).Outcome);
        Assert.DoesNotContain("secret", allowed.Client.Endpoint.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_the_node_does_not_know_is_unsupported()
    {
        using var answer = await _http.PostAsync(new Uri(_kubo.Api, "/api/v0/dag/stat"), null, Token);
        Assert.Equal(KuboOutcome.Unsupported, KuboErrors.OfStatus(answer.StatusCode, "404 page not found"));
    }

    [Fact]
    public async Task Blocks_are_healed_from_another_node_and_read_back()
    {
        var (root, blocks) = await FillAsync(20_000);
        await using var other = await FakeKubo.StartAsync(FakeNames.Names, Token);
        foreach (var block in blocks)
        {
            other.Put(block.Cid.ToString(), block.Data.ToArray());
        }

        _kubo.Rot(blocks[2].Cid.ToString());
        _kubo.Lose(root.ToString());
        _kubo.Lose(blocks[5].Cid.ToString());

        var heal = await Node().HealAsync([root, blocks[2].Cid], [new KuboEndpoint(other.Api, null, null)], Token);

        Assert.Equal(KuboOutcome.Done, heal.Outcome);
        Assert.Equal(new[] { root, blocks[2].Cid, blocks[5].Cid }.Select(static c => c.ToString()).Order(), heal.Healed.Select(static c => c.ToString()).Order()); // the one below the lost root as well
        Assert.Equal(ReplicaFinding.Complete, (await Node().VerifyAsync(root, new ReplicaCheckOptions(), Token)).Finding);
        Assert.True(_kubo.IsPinned(root.ToString()));
        Assert.DoesNotContain(_kubo.Calls, static c => c.StartsWith("pin/add", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_healer_that_takes_nothing_from_liars()
    {
        var (root, blocks) = await FillAsync(8000);
        await using var liar = await FakeKubo.StartAsync(FakeNames.Names, Token);
        foreach (var block in blocks)
        {
            liar.Put(block.Cid.ToString(), block.Data.ToArray());
            liar.Rot(block.Cid.ToString());
        }

        _kubo.Lose(blocks[0].Cid.ToString());
        var heal = await Node().HealAsync([blocks[0].Cid], [new KuboEndpoint(liar.Api, null, null)], Token);
        Assert.NotEqual(KuboOutcome.Done, heal.Outcome);
        Assert.False(_kubo.Has(blocks[0].Cid.ToString()));
        Assert.NotNull(root.ToString());
    }

    [Fact]
    public async Task What_a_node_cannot_fetch_by_itself_is_relayed()
    {
        var (root, blocks) = await FakeNames.FileAsync(20_000, 1);
        await using var source = await FakeKubo.StartAsync(FakeNames.Names, Token);
        source.Agent = "etdb-node/0.1.0"; // speaks no bitswap, so there is no way from node to node
        foreach (var block in blocks)
        {
            source.Put(block.Cid.ToString(), block.Data.ToArray());
        }

        var result = await Node().PinAsync(root, [new KuboEndpoint(source.Api, null, null)], 0, null, Token);
        Assert.Equal(KuboOutcome.Done, result.Outcome);
        Assert.Equal(TransferRoute.Relay, result.Route);
        Assert.Equal(blocks.Count, result.BlocksMoved);
        Assert.True(_kubo.IsPinned(root.ToString()));
        Assert.Equal(ReplicaFinding.Complete, (await Node().VerifyAsync(root, new ReplicaCheckOptions(), Token)).Finding);
    }

    [Fact]
    public async Task A_replaced_repository_shows_in_the_probe()
    {
        var before = await Node().ProbeAsync(Token);
        _kubo.PeerId = "12D3KooWFakeFakeFakeFakeFakeFakeFakeFakeFakeFakeFake2";
        var after = await Node().ProbeAsync(Token);
        Assert.Equal(NodeSoftware.Kubo, after.Software);
        Assert.NotEqual(before.RepositoryId, after.RepositoryId);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
        {
            await Task.Delay(5, Token);
        }
    }

    private RemoteNode Node(TimeSpan? stall = null)
    {
        var limit = stall ?? TimeSpan.FromSeconds(20);
        return new RemoteNode(_http, new KuboEndpoint(_kubo.Api, null, null), new KuboClientOptions { StallLimit = limit, PinStallLimit = limit });
    }

    private void Offer(IEnumerable<Block> blocks)
    {
        var offered = blocks.ToDictionary(static b => b.Cid.Hash, static b => b.Data.ToArray());
        _kubo.Network = cid => offered.GetValueOrDefault(Cid.Parse(cid).Hash);
    }

    private async Task<(Cid Root, IReadOnlyList<Block> Blocks)> FillAsync(int bytes)
    {
        var (root, blocks) = await FakeNames.FileAsync(bytes, 1);
        foreach (var block in blocks)
        {
            _kubo.Put(block.Cid.ToString(), block.Data.ToArray());
        }

        _kubo.PinRow(root.ToString());
        return (root, blocks);
    }
}
