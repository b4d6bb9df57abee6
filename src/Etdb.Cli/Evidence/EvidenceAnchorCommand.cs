using System.CommandLine;
using System.Globalization;
using Etdb.Cli.CommandLine;
using Etdb.Cli.Flo;
using Etdb.Cli.Publish;
using Etdb.Cli.Remote;
using Etdb.Domain.Audit;
using Etdb.Ipfs.Fetch;
using Etdb.Ipfs.Kubo;
using Etdb.Ledger.Flo.Rpc;
using Etdb.Ledger.Publishing.Pipeline;
using Etdb.Ledger.Publishing.Wallet;
using Etdb.Silo.Api;

namespace Etdb.Cli.Evidence;

/// <summary>
/// <c>etdb evidence anchor</c>: writes the Merkle root of a day's evidence into the ledger, through the journal of publishing: killed anywhere, the same command goes on with the
/// same transaction. The key stays with who runs it; the silo has none.
/// </summary>
internal static class EvidenceAnchorCommand
{
    private const string DayFormat = "yyyy-MM-dd";
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(5);
    private static readonly Option<string?> Day = new("--day") { Description = "The day, UTC, as YYYY-MM-DD; default yesterday." };
    private static readonly Option<bool> SoFar = new("--so-far") { Description = "Take a day that is not over: the root of its entries till now." };
    private static readonly Option<int> Wait = new("--wait") { Description = "Confirmations to wait for, 0 to 100." };
    private static readonly Option<long> Fee = new("--fee") { Description = "Satoshi for 1000 bytes, 1000 to 10000000.", DefaultValueFactory = _ => SpendingPolicy.Default.FeePerKilobyte };
    private static readonly Option<string> State = new("--state") { Description = "Folder that keeps what was signed.", DefaultValueFactory = _ => ".etdb-publish" };
    private static readonly SignerArguments Signer = new();
    private static readonly FloNodeArguments Flo = new();

    public static Command Build()
    {
        var command = new Command("anchor", "Write the Merkle root of one day's entries into the ledger; with --server the silo's log notes where. Costs the fee of one transaction.")
        {
            EvidenceSource.File, EvidenceSource.Data, EvidenceSource.Config, Day, SoFar, Wait, Fee, State,
        };
        Signer.AddTo(command);
        Flo.AddTo(command);
        return command.WithOperator(OperatorOptions.ReasonOrDefault)
            .WithExamples(
                "etdb evidence anchor --data /srv/etdb --key-file consortium.key --flo http://user:password@127.0.0.1:7313 --server http://127.0.0.1:8420",
                "etdb evidence anchor evidence.db --day 2026-11-22 --key-file consortium.key --wait 6")
            .Does((result, output, ct) => RunAsync(result, output, TimeProvider.System, ct));
    }

    private static async Task<int> RunAsync(ParseResult result, CliOutput output, TimeProvider time, CancellationToken ct)
    {
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        var day = DayOf(result, today);
        if (result.GetValue(Wait) is < 0 or > 100 || result.GetValue(Fee) is < 1000 or > 10_000_000)
        {
            throw new CliException("--wait takes 0 to 100 confirmations, --fee 1000 to 10000000 satoshi for 1000 bytes.");
        }

        var root = await RootAsync(result, day, ct);
        var line = EvidenceAnchor.Write(root);
        var journal = await WriteAsync(result, root, line, time, ct);
        var txid = journal.Current!.FirstTxid;
        if (result.GetResult(ServerOptions.Server) is { Implicit: false })
        {
            using var silo = ServerOptions.Client(result);
            var body = new AnchorRequest(OperatorOptions.AuthorOf(result), result.GetValue(OperatorOptions.ReasonOrDefault), txid, line);
            _ = await silo.PostAsync<DoneView>("evidence/anchors", body, ct) ?? throw new CliException("the server has no /api/v1/evidence/anchors; is it an etdb silo of this version?");
        }

        output.Write(
            new { day = root.Day.ToString(DayFormat, CultureInfo.InvariantCulture), first = root.First, count = root.Count, root = root.Root, head = root.Head, txid, confirmations = journal.Confirmations, line },
            text => text.WriteLine($"The root of {root.Count} entries of {root.Day.ToString(DayFormat, CultureInfo.InvariantCulture)} is in the ledger as {txid}, {journal.Confirmations ?? 0} confirmations."));
        return CliExit.Done;
    }

    private static DateOnly DayOf(ParseResult result, DateOnly today)
    {
        if (result.GetValue(Day) is not { } given)
        {
            return result.GetValue(SoFar) ? today : today.AddDays(-1);
        }

        if (!DateOnly.TryParseExact(given, DayFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
        {
            throw new CliException($"'{given}' is not a day; give one like 2026-11-22 with --day.");
        }

        return day < today || result.GetValue(SoFar) ? day : throw new CliException($"{given} is not over (UTC): its root will change. --so-far takes its entries till now.");
    }

    private static async Task<DailyRoot> RootAsync(ParseResult result, DateOnly day, CancellationToken ct)
    {
        await using var source = EvidenceSource.Of(result);
        var days = new EvidenceDays();
        var verdict = await new EvidenceWalk(source, entry =>
        {
            days.Add(entry);
            return false;
        }).VerifyAsync(ct);
        var text = day.ToString(DayFormat, CultureInfo.InvariantCulture);
        return !verdict.Valid ? throw new CliException($"the log is broken at entry {verdict.BrokenAt}: {verdict.Problem} It is not anchored.") { ExitCode = CliExit.No }
            : days.Of(day) ?? throw new CliException($"the log has no entry of {text}: a day without audits has no root.") { ExitCode = CliExit.No };
    }

    private static async Task<PublicationJournal> WriteAsync(ParseResult result, DailyRoot root, string line, TimeProvider time, CancellationToken ct)
    {
        var (signer, network, owned) = await Signer.OpenAsync(result, time, ct);
        using (owned)
        {
            using var state = PublishState.Open(result.GetValue(State)!);
            using var http = HttpPool.Create(ConnectLimit);
            using var flo = FloRpcClient.Create(Flo.Read(result), time);
            var options = new PublishingOptions { Policy = SpendingPolicy.Default with { FeePerKilobyte = result.GetValue(Fee) } };
            var files = new LabFiles(new KuboClient(http, new KuboEndpoint(new Uri("http://127.0.0.1:5001"), null, null), new KuboClientOptions { Time = time }));
            var publisher = new DatasetPublisher(files, flo, new NodeCarrier(flo), signer, network, options, state, time);
            var title = $"evidence of {root.Day.ToString(DayFormat, CultureInfo.InvariantCulture)}";
            var history = await publisher.NoteAsync($"evidence:{root.Day.ToString(DayFormat, CultureInfo.InvariantCulture)}:{root.Count}", title, line, new PublishWishes { Confirmations = result.GetValue(Wait) }, ct);
            return history.Journal!;
        }
    }
}
