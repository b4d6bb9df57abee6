using System.Threading.Channels;
using Etdb.Grains.Datasets;
using Etdb.Grains.Members;
using Etdb.Grains.Publishers;
using Etdb.Storage.Catalogue;
using Etdb.Storage.Grains;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;

namespace Etdb.Silo.Hosting;

/// <summary>How far a rebuild is: <c>idle|running|done|failed</c>.</summary>
public sealed record RebuildView(string State, long Shown, string? Problem);

/// <summary>
/// Makes the catalogue again from the grains: every dataset, member and publisher with a stored state shows itself once more (nodes do so by themselves). Runs when asked, and by
/// itself when a silo starts with states but an empty catalogue, as after a restore without it. Ended work, healed incidents and old story lines are not in the grains and stay lost.
/// </summary>
public sealed partial class CatalogueRebuilder(
    IGrainFactory grains, IGrainStateReader states, ICatalogue catalogue, SiloReadiness readiness, TimeProvider time, ILogger<CatalogueRebuilder> logger) : BackgroundService
{
    private const int AtOnce = 32;
    private const int Page = 1_000;
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    private readonly Channel<bool> _asked = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private volatile RebuildView _progress = new("idle", 0, null);
    private volatile bool _looked;

    /// <summary>How far it is.</summary>
    public RebuildView Progress => _progress;

    /// <summary>False while the catalogue may lack what the grains have: what it does not list may be there all the same, and nothing irrevocable may rest on it.</summary>
    public bool IsComplete => _looked && _progress.State is ("idle" or "done");

    /// <summary>Asks for a rebuild; one that runs already is followed by another.</summary>
    public void Ask()
    {
        if (_progress.State != "running")
        {
            _progress = new RebuildView("running", 0, null);
        }

        _asked.Writer.TryWrite(true);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (readiness.WaitingFor is not null)
            {
                await Task.Delay(LookEvery, time, stoppingToken);
            }

            if (await IsLostAsync(stoppingToken))
            {
                Ask();
            }

            _looked = true;
            await foreach (var _ in _asked.Reader.ReadAllAsync(stoppingToken))
            {
                await RebuildAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The silo stops; the next start looks again.
        }
    }

    private async Task<bool> IsLostAsync(CancellationToken ct)
    {
        try
        {
            return (await catalogue.DatasetsAsync(new DatasetQuery(Limit: 1), ct)).Total == 0
                && (await states.ListAsync(Prefix(grains.GetGrain<IDatasetGrain>("x")), null, 1, ct)).Count > 0;
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            Failed(logger, e, 0);
            return false;
        }
    }

    private async Task RebuildAsync(CancellationToken ct)
    {
        _progress = new RebuildView("running", 0, null);
        try
        {
            await ShowAllAsync(Prefix(grains.GetGrain<IMemberGrain>("x")), key => grains.GetGrain<IMemberGrain>(key).Show(), ct);
            await ShowAllAsync(Prefix(grains.GetGrain<IPublisherGrain>("x")), key => grains.GetGrain<IPublisherGrain>(key).Show(), ct);
            await ShowAllAsync(Prefix(grains.GetGrain<IDatasetGrain>("x")), key => grains.GetGrain<IDatasetGrain>(key).Show(), ct);
            _progress = _progress with { State = "done" };
            Done(logger, _progress.Shown);
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            _progress = _progress with { State = "failed", Problem = e.Message };
            Failed(logger, e, _progress.Shown);
        }
    }

    private async Task ShowAllAsync(string prefix, Func<string, Task> show, CancellationToken ct)
    {
        string? after = null;
        while (true)
        {
            var ids = await states.ListAsync(prefix, after, Page, ct);
            foreach (var some in ids.Chunk(AtOnce))
            {
                await Task.WhenAll(some.Select(id => show(id[prefix.Length..])));
                _progress = _progress with { Shown = _progress.Shown + some.Length };
                ct.ThrowIfCancellationRequested();
            }

            if (ids.Count < Page)
            {
                return;
            }

            after = ids[^1];
        }
    }

    /// <summary>How ids of that kind of grain begin.</summary>
    private static string Prefix(IAddressable grain)
    {
        var id = grain.GetGrainId().ToString();
        return id[..(id.IndexOf('/', StringComparison.Ordinal) + 1)];
    }

    [LoggerMessage(6201, LogLevel.Information, "The catalogue was rebuilt: {Count} grains showed themselves.")]
    private static partial void Done(ILogger logger, long count);

    [LoggerMessage(6202, LogLevel.Error, "The catalogue could not be rebuilt; it stopped after {Count} grains. Ask again with 'etdb rebuild'.")]
    private static partial void Failed(ILogger logger, Exception exception, long count);
}
