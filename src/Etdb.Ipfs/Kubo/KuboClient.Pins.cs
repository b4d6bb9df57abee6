using System.Text.Json;
using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Node;

namespace Etdb.Ipfs.Kubo;

public sealed partial class KuboClient
{
    /// <summary>
    /// Every recursive pin, streamed. Always with a type and <c>stream=true</c>: without a type Kubo walks every DAG, without the stream it builds one answer
    /// in memory.
    /// </summary>
    /// <exception cref="KuboException">When the listing does not come to its end: a partial listing proves nothing.</exception>
    public async IAsyncEnumerable<KuboPin> ListPinsAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var line in _transport.LinesAsync("pin/ls?type=recursive&stream=true", null, Options.PinStallLimit, cancellationToken).ConfigureAwait(false))
        {
            using var json = Parse(line);
            if (KuboJson.Text(json.RootElement, "Cid") is { } text)
            {
                yield return Cid.TryParse(text, out var cid)
                    ? new KuboPin(cid, KuboJson.Text(json.RootElement, "Type") ?? "recursive", KuboJson.Text(json.RootElement, "Name"))
                    : throw new KuboException(KuboOutcome.NodeError, $"{Endpoint} pin/ls: '{text}' is no CID");
            }
            else if (json.RootElement.TryGetProperty("Keys", out var keys) && keys.ValueKind == JsonValueKind.Object)
            {
                // A node that knows no stream answers with one document.
                foreach (var key in keys.EnumerateObject())
                {
                    yield return Cid.TryParse(key.Name, out var pinned)
                        ? new KuboPin(pinned, KuboJson.Text(key.Value, "Type") ?? "recursive", null)
                        : throw new KuboException(KuboOutcome.NodeError, $"{Endpoint} pin/ls: '{key.Name}' is no CID");
                }
            }
            else
            {
                var message = KuboJson.Text(json.RootElement, "Message") ?? "a line names no CID";
                throw new KuboException(KuboErrors.OfMessage(message), $"{Endpoint} pin/ls: {message}");
            }
        }
    }

    /// <summary>True when the CID is pinned recursively. One lookup in the node's index: says nothing about blocks.</summary>
    public async Task<KuboAnswer<bool>> IsPinnedAsync(Cid cid, CancellationToken cancellationToken)
    {
        var answer = await _transport.JsonAsync($"pin/ls?arg={cid}&type=recursive", static _ => true, null, Options.StallLimit, cancellationToken).ConfigureAwait(false);
        return answer.Outcome == KuboOutcome.NotPinned ? new KuboAnswer<bool>(KuboOutcome.Done, false, null) : answer;
    }

    /// <summary>
    /// Pins a DAG that is not pinned yet (ask <see cref="IsPinnedAsync"/> first: on an existing pin Kubo removes it before it fetches). Ends when nothing was
    /// heard for <see cref="KuboClientOptions.PinStallLimit"/>; dropping the call ends the node's work, and the blocks it has stay.
    /// </summary>
    public async Task<KuboAnswer<KuboPinProgress>> PinAddAsync(Cid cid, IReadOnlyList<Uri> origins, IProgress<KuboPinProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(origins);
        var last = default(KuboPinProgress);
        var pinned = false;
        var path = $"pin/add?arg={cid}&recursive=true&progress=true{string.Concat(origins.Select(static uri => "&origin=" + Escape(uri.AbsoluteUri)))}";
        try
        {
            await foreach (var line in _transport.LinesAsync(path, null, Options.PinStallLimit, cancellationToken).ConfigureAwait(false))
            {
                using var json = Parse(line);
                if (json.RootElement.TryGetProperty("Pins", out var pins) && pins.ValueKind == JsonValueKind.Array)
                {
                    pinned = true;
                    continue;
                }

                if (KuboJson.Text(json.RootElement, "Message") is { Length: > 0 } message)
                {
                    return new KuboAnswer<KuboPinProgress>(KuboErrors.OfMessage(message), last, message);
                }

                last = new KuboPinProgress(
                    KuboJson.Number(json.RootElement, "Progress"), KuboJson.Number(json.RootElement, "Bytes"),
                    KuboJson.Number(json.RootElement, "BlocksMoved"), KuboJson.Number(json.RootElement, "BytesMoved"));
                progress?.Report(last);
            }
        }
        catch (KuboException error)
        {
            return new KuboAnswer<KuboPinProgress>(error.Outcome, last, error.Message);
        }

        return pinned
            ? new KuboAnswer<KuboPinProgress>(KuboOutcome.Done, last, null)
            : new KuboAnswer<KuboPinProgress>(KuboOutcome.NodeError, last, $"{Endpoint} pin/add ended without saying that it pinned {cid}");
    }

    /// <summary>Removes a recursive pin; "was not pinned" is <see cref="KuboOutcome.NotPinned"/>.</summary>
    public Task<KuboAnswer<bool>> PinRemoveAsync(Cid cid, CancellationToken cancellationToken) =>
        _transport.JsonAsync($"pin/rm?arg={cid}&recursive=true", static _ => true, null, Options.StallLimit, cancellationToken);
}
