using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using Etdb.Grains.Ports;
using Etdb.Storage.Grains;
using Etdb.Storage.Postgres;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Etdb.Silo.Adapters;

/// <summary>
/// The ledger's events for a cluster of several silos. Each silo has an index of its own, and two indexes agree on the records of a chain but not on the
/// numbers of their events: one may have seen a reorganisation the other slept through. So the numbers are given by one log in the shared database.
/// The silo that hosts the ledger grain writes what its index says; a silo that takes over first compares the last word of the log on each subject with
/// its own index, and appends only the differences. Records the log holds and the index does not are retracted.
/// </summary>
public sealed partial class SharedLedgerFeed(ILedgerFeed local, PostgresLedgerLog log, TimeSpan interval, TimeProvider time, ILogger<SharedLedgerFeed> logger) : BackgroundService, ILedgerFeed
{
    private const int Page = 1000;
    private readonly SemaphoreSlim _turn = new(1);
    private long? _position; // In the local log; null until this silo has compared it with the shared one.
    private long? _heard; // By the cluster, as this silo was told when the ledger grain came here.
    private long _last; // Last number of the shared log when this silo wrote or compared: another one means that another silo has led meanwhile.

    /// <inheritdoc/>
    public Task ResumeAsync(long heard, CancellationToken cancellationToken)
    {
        _heard = heard;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<LedgerBatch> ReadAsync(long sequence, int limit, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var last = await log.LastAsync(cancellationToken);
            if (last == 0 && _heard is null)
            {
                // Where the numbers have to begin is known to the ledger grain, wherever it is.
                return new LedgerBatch([], 0, "", 0, null, 0, 0, "The cluster has not taken up the ledger yet.");
            }

            if (_position is not null && last != _last)
            {
                _position = null;
            }

            var news = await local.ReadAsync(_position ?? 0, _position is null ? 1 : Page, cancellationToken);
            var problem = news.Problem;
            if (_position is null)
            {
                problem = Behind(news) ?? await CompareAsync(cancellationToken);
            }
            else if (news.Events.Count > 0)
            {
                await AppendAsync([.. news.Events.Select(Word)], news.Events[^1].Sequence, cancellationToken);
            }

            var events = await log.ReadAsync(sequence, limit, cancellationToken);
            return news with { Events = [.. events.Select(e => Read(e.Body) with { Sequence = e.Sequence })], Problem = problem };
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _turn.Dispose();
    }

    /// <summary>Keeps the index of this silo near the tip although another one hosts the ledger grain, so that taking over is quick.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await local.ReadAsync(0, 1, stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                NotFollowed(logger, e);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }

            await Task.Delay(interval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>An index that is still reading old blocks knows less than the log: compared with it, records would look retracted.</summary>
    private static string? Behind(LedgerBatch news) => news.NodeHeight is not { } node
        ? $"The FLO node of this silo does not answer; the ledger is not followed. {news.Problem}"
        : news.Height < node ? $"This silo's ledger index is at block {news.Height} of {node}; it takes over when it has caught up." : null;

    private async Task<string?> CompareAsync(CancellationToken ct)
    {
        var own = new Dictionary<string, (long Digest, long Sequence)>(StringComparer.Ordinal);
        long position = 0;
        LedgerBatch batch;
        do
        {
            batch = await local.ReadAsync(position, Page, ct);
            foreach (var change in batch.Events)
            {
                var word = Word(change);
                own[word.Subject] = (word.Digest, change.Sequence);
                position = change.Sequence;
            }
        }
        while (batch.Events.Count == Page);

        var retracted = new List<string>();
        await foreach (var (subject, digest) in log.WordsAsync(ct))
        {
            if (!own.Remove(subject, out var mine))
            {
                retracted.Add(subject);
            }
            else if (mine.Digest != digest)
            {
                own[subject] = mine;
            }
        }

        var words = new List<LedgerWord>();
        foreach (var (_, sequence) in own.Values.OrderBy(v => v.Sequence))
        {
            words.Add(Word((await local.ReadAsync(sequence - 1, 1, ct)).Events[0]));
        }

        foreach (var subject in retracted)
        {
            if (await log.WordAsync(subject, ct) is { } body && Read(body) is { Kind: LedgerEventKind.Current or LedgerEventKind.Deactivated } was)
            {
                words.Add(Word(was with { Kind = LedgerEventKind.Retracted, Record = null, Height = batch.Height, Time = batch.TipTime }));
            }
        }

        Compared(logger, own.Count, words.Count - own.Count, position);
        await AppendAsync(words, position, ct);
        return batch.Problem;
    }

    private async Task AppendAsync(IReadOnlyList<LedgerWord> words, long position, CancellationToken ct)
    {
        var last = await log.LastAsync(ct);
        for (var done = 0; done < words.Count; done += Page)
        {
            // After a move from one database to another the grains have heard higher numbers than the log has: it goes on above them.
            var first = Math.Max(last, _heard ?? 0) + 1;
            var some = words.Skip(done).Take(Page).ToList();
            if (!await log.AppendAsync(last, first, some, ct))
            {
                _position = null; // Another silo has written: compare again before the next word.
                Overtaken(logger);
                return;
            }

            last = first + some.Count - 1;
        }

        (_position, _last) = (position, last);
    }

    private static LedgerWord Word(LedgerEvent change)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(change with { Sequence = 0 }, GrainJson.Options);
        var subject = change.Kind == LedgerEventKind.Publisher ? $"p{change.Publisher.Value}" : $"d{change.Dataset.Value}";
        return new LedgerWord(subject, BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(body)), System.Text.Encoding.UTF8.GetString(body));
    }

    private static LedgerEvent Read(string body) => JsonSerializer.Deserialize<LedgerEvent>(body, GrainJson.Options) ?? throw new FormatException("An event of the shared ledger log is null.");

    [LoggerMessage(1201, LogLevel.Information, "This silo follows the ledger for the cluster from now on: {Changed} subjects have news, {Retracted} were retracted; index position {Position}.")]
    private static partial void Compared(ILogger logger, int changed, int retracted, long position);

    [LoggerMessage(1202, LogLevel.Warning, "Another silo wrote to the shared ledger log; this one compares its index again.")]
    private static partial void Overtaken(ILogger logger);

    [LoggerMessage(1203, LogLevel.Warning, "The ledger index of this silo could not be brought forward; it is tried again.")]
    private static partial void NotFollowed(ILogger logger, Exception exception);
}
