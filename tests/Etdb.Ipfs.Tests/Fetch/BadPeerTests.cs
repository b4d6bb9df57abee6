using System.IO.Compression;
using System.Net;
using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Fetch;
using Etdb.Ipfs.Node.Pins;
using Etdb.Ipfs.Tests.Node;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Etdb.Ipfs.Tests.Fetch;

/// <summary>Peers that lie, stall, never end or send bombs: each is bounded and named, nothing wrong is stored, and an honest peer beside them is enough.</summary>
public sealed class BadPeerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("wrong", FetchStatus.WrongBytes)]
    [InlineData("endless", FetchStatus.TooLarge)]
    [InlineData("announced", FetchStatus.TooLarge)]
    [InlineData("silent", FetchStatus.Stalled)]
    [InlineData("trickle", FetchStatus.Stalled)]
    [InlineData("drip", FetchStatus.Stalled)]
    [InlineData("bomb", FetchStatus.Failed)]
    [InlineData("cut", FetchStatus.Failed)]
    [InlineData("redirect", FetchStatus.Failed)]
    [InlineData("error", FetchStatus.Failed)]
    [InlineData("absent", FetchStatus.NotFound)]
    public async Task A_bad_answer_is_bounded_and_named(string kind, FetchStatus expected)
    {
        await using var peer = await ServeAsync(kind);
        using var http = HttpPool.Create(TimeSpan.FromSeconds(2));
        var source = new GatewayBlockSource(http, new Uri(peer.Urls.Single()), TimeSpan.FromMilliseconds(400), TimeProvider.System);
        var answer = await source.GetAsync(Cid.Of("x"u8, Multicodec.Raw, 1), Token);
        Assert.Equal(expected, answer.Status);
        Assert.NotNull(answer.Detail);
        Assert.True(answer.Data.IsEmpty);
    }

    [Theory]
    [InlineData("wrong")]
    [InlineData("endless")]
    [InlineData("bomb")]
    [InlineData("cut")]
    [InlineData("error")]
    public async Task A_pin_gets_by_with_one_honest_peer_among_liars(string kind)
    {
        await using var nodes = new TestNodes();
        var (honest, receiver) = (await nodes.StartAsync(), await nodes.StartAsync());
        await using var liar = await ServeAsync(kind);
        var root = await TestNodes.AddAsync(honest, 300_000);

        var result = await receiver.PinAsync(root, PinKind.Recursive, null, [new Uri(liar.Urls.Single()), honest.GatewayUri], null, Token);

        Assert.Equal(FetchOutcome.Complete, result.Outcome);
        Assert.True((await receiver.Repository.Blocks.ScrubAsync(0, null, Token)).Clean);
    }

    [Fact]
    public async Task A_pin_from_liars_alone_fails_by_name_and_stores_nothing()
    {
        await using var nodes = new TestNodes();
        var (honest, receiver) = (await nodes.StartAsync(), await nodes.StartAsync());
        await using var liar = await ServeAsync("wrong");
        var root = await TestNodes.AddAsync(honest, 300_000);
        var result = await receiver.PinAsync(root, PinKind.Recursive, null, [new Uri(liar.Urls.Single())], null, Token);
        Assert.Equal(FetchOutcome.Stalled, result.Outcome);
        Assert.Contains("other bytes", result.Detail, StringComparison.Ordinal);
        Assert.Equal(0, receiver.Repository.Blocks.Stat().Blocks);
        Assert.Equal(0, receiver.Repository.Pins.Count);
    }

    [Fact]
    public async Task A_pin_that_was_cut_off_goes_on_where_it_was()
    {
        await using var nodes = new TestNodes();
        var (holder, receiver) = (await nodes.StartAsync(), await nodes.StartAsync());
        var root = await TestNodes.AddAsync(holder, 1_000_000);
        var lost = (await holder.Faults.CorruptBlocksAsync(2, 3, root, Token))[^1];
        var first = await receiver.PinAsync(root, PinKind.Recursive, null, [holder.GatewayUri], null, Token);
        Assert.NotEqual(FetchOutcome.Complete, first.Outcome);
        var had = receiver.Repository.Blocks.Stat().Blocks;
        Assert.True(had > 0);

        await using var other = await nodes.StartAsync();
        await TestNodes.AddAsync(other, 1_000_000);
        var second = await receiver.PinAsync(root, PinKind.Recursive, null, [holder.GatewayUri, other.GatewayUri], null, Token);
        Assert.Equal(FetchOutcome.Complete, second.Outcome);
        Assert.Equal(second.Moved.Blocks, second.Moved.BlocksMoved + had);
        Assert.True(lost.IsDefined);
    }

    [Fact]
    public async Task A_full_receiver_says_so_and_pins_nothing()
    {
        await using var nodes = new TestNodes();
        var holder = await nodes.StartAsync();
        var receiver = await nodes.StartAsync(static options => options with { CapacityBytes = 100_000 });
        var root = await TestNodes.AddAsync(holder, 1_000_000);
        var result = await receiver.PinAsync(root, PinKind.Recursive, null, [holder.GatewayUri], null, Token);
        Assert.Equal(FetchOutcome.NoRoom, result.Outcome);
        Assert.Equal(0, receiver.Repository.Pins.Count);
        Assert.True(receiver.Repository.Blocks.Stat().Bytes <= 100_000);
    }

    private static async Task<WebApplication> ServeAsync(string kind)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Limits.MinResponseDataRate = null;
        });
        var web = builder.Build();
        web.Run(context => AnswerAsync(context, kind));
        await web.StartAsync(Token);
        return web;
    }

    private static async Task AnswerAsync(HttpContext context, string kind)
    {
        var (response, gone) = (context.Response, context.RequestAborted);
        var junk = new byte[64 << 10];
        switch (kind)
        {
            case "wrong":
                await response.Body.WriteAsync("other bytes"u8.ToArray(), gone);
                return;
            case "endless":
                while (!gone.IsCancellationRequested)
                {
                    await response.Body.WriteAsync(junk, gone);
                }

                return;
            case "announced":
                response.ContentLength = 1L << 40;
                await response.Body.WriteAsync(junk, gone);
                context.Abort();
                return;
            case "silent":
                await Task.Delay(Timeout.Infinite, gone).ContinueWith(static _ => { }, TaskScheduler.Default);
                return;
            case "trickle":
                await response.Body.WriteAsync("a"u8.ToArray(), gone);
                await response.Body.FlushAsync(gone);
                await Task.Delay(Timeout.Infinite, gone).ContinueWith(static _ => { }, TaskScheduler.Default);
                return;
            case "drip":
                while (!gone.IsCancellationRequested)
                {
                    await response.Body.WriteAsync("a"u8.ToArray(), gone);
                    await response.Body.FlushAsync(gone);
                    await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, gone).ContinueWith(static _ => { }, TaskScheduler.Default);
                }

                return;
            case "bomb":
                response.Headers.ContentEncoding = "gzip";
                await using (var zip = new GZipStream(response.Body, CompressionLevel.Fastest))
                {
                    await zip.WriteAsync(new byte[8 << 20], gone);
                }

                return;
            case "cut":
                response.ContentLength = 1000;
                await response.Body.WriteAsync(junk.AsMemory(0, 10), gone);
                await response.Body.FlushAsync(gone);
                context.Abort();
                return;
            case "redirect":
                response.Redirect("http://127.0.0.1:1/");
                return;
            case "absent":
                response.StatusCode = 404;
                return;
            default:
                response.StatusCode = 500;
                return;
        }
    }
}
