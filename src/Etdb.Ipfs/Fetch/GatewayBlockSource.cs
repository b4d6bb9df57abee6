using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;

namespace Etdb.Ipfs.Fetch;

/// <summary>
/// Blocks from a trustless gateway (specs.ipfs.tech/http-gateways/trustless-gateway), one request each. The gateway is trusted with nothing:
/// the length is limited while reading, encoded answers are refused, the bytes are hashed.
/// </summary>
public sealed class GatewayBlockSource : IBlockSource
{
    private static readonly MediaTypeWithQualityHeaderValue RawBlock = new("application/vnd.ipld.raw");

    private readonly HttpClient _http;
    private readonly Uri _base;
    private readonly TimeSpan _stallLimit;
    private readonly TimeProvider _time;

    /// <summary>A gateway by its base address, e.g. <c>http://127.0.0.1:8080</c>.</summary>
    public GatewayBlockSource(HttpClient http, Uri gateway, TimeSpan stallLimit, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(gateway);
        _http = http;
        _base = gateway.AbsoluteUri.EndsWith('/') ? gateway : new Uri(gateway.AbsoluteUri + "/");
        _stallLimit = stallLimit;
        _time = time;
    }

    /// <inheritdoc/>
    public string Name => _base.GetLeftPart(UriPartial.Authority);

    /// <inheritdoc/>
    public async Task<BlockFetch> GetAsync(Cid cid, CancellationToken cancellationToken)
    {
        using var guard = new StallGuard(_stallLimit, _time, cancellationToken);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_base, $"ipfs/{cid}?format=raw"));
            request.Headers.Accept.Add(RawBlock);
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, guard.Token).ConfigureAwait(false);
            return response.StatusCode switch
            {
                HttpStatusCode.OK => await ReadAsync(response, cid, guard).ConfigureAwait(false),
                HttpStatusCode.NotFound or HttpStatusCode.Gone => BlockFetch.Not(FetchStatus.NotFound, $"{Name} has not got {cid}"),
                HttpStatusCode.GatewayTimeout => BlockFetch.Not(FetchStatus.Stalled, $"{Name} timed out looking for {cid}"),
                var status => BlockFetch.Not(FetchStatus.Failed, $"{Name} answered {(int)status} for {cid}"),
            };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return BlockFetch.Not(FetchStatus.Stalled, $"{Name} sent nothing for {_stallLimit.TotalSeconds:0.#} s on {cid}");
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            return BlockFetch.Not(FetchStatus.Failed, $"{Name}: {error.Message}");
        }
    }

    private async Task<BlockFetch> ReadAsync(HttpResponseMessage response, Cid cid, StallGuard guard)
    {
        var content = response.Content;
        if (content.Headers.ContentEncoding.Count > 0)
        {
            return BlockFetch.Not(FetchStatus.Failed, $"{Name} sent {cid} encoded as {string.Join(',', content.Headers.ContentEncoding)}, which was not asked for");
        }

        if (content.Headers.ContentLength > BlockLimits.MaxReadBytes)
        {
            return BlockFetch.Not(FetchStatus.TooLarge, $"{Name} announced {content.Headers.ContentLength} bytes for {cid}, the limit is {BlockLimits.MaxReadBytes}");
        }

        var stream = await content.ReadAsStreamAsync(guard.Token).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            var (buffer, length) = await BoundedRead.RentAsync(stream, content.Headers.ContentLength, BlockLimits.MaxReadBytes, guard).ConfigureAwait(false);
            if (length > BlockLimits.MaxReadBytes)
            {
                ArrayPool<byte>.Shared.Return(buffer);
                return BlockFetch.Not(FetchStatus.TooLarge, $"{Name} sent more than {BlockLimits.MaxReadBytes} bytes for {cid}");
            }

            if (cid.Check(buffer.AsSpan(0, length)) == HashCheck.Match)
            {
                return BlockFetch.OfRented(buffer, length);
            }

            ArrayPool<byte>.Shared.Return(buffer);
            return BlockFetch.Not(FetchStatus.WrongBytes, $"{Name} sent {length} other bytes for {cid}");
        }
    }
}
