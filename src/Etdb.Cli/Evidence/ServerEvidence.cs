using System.Runtime.CompilerServices;
using System.Text.Json;
using Etdb.Cli.CommandLine;
using Etdb.Cli.Remote;
using Etdb.Domain.Audit;

namespace Etdb.Cli.Evidence;

/// <summary>
/// The log as a silo's <c>GET /evidence</c> gives it, page after page. The head it names with the first page is what the entries have to reach: an answer that ends before it was cut
/// on its way, or by the silo.
/// </summary>
internal sealed class ServerEvidence(SiloClient silo, Uri address) : EvidenceSource
{
    private const int PageSize = 500;

    public override string Name => address.ToString();

    public override async IAsyncEnumerable<EvidenceEntry> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Promised = null;
        long after = 0;
        while (true)
        {
            var page = await silo.NeedAsync<Page>($"evidence?after={after}&limit={PageSize}", cancellationToken);
            Promised ??= page.Head;
            foreach (var entry in page.Items ?? [])
            {
                yield return Read(entry);
            }

            // A page that does not lead on would be asked for for ever.
            if (page.Next is not { } next || next <= after)
            {
                yield break;
            }

            after = next;
        }
    }

    public override ValueTask DisposeAsync()
    {
        silo.Dispose();
        return ValueTask.CompletedTask;
    }

    private static EvidenceEntry Read(Entry e)
    {
        if (e.Depth is not { } depth || e.Blocks is not { } blocks)
        {
            throw new CliException("this silo leaves out fields that the hashes cover (depth, blocks): it is of an older version. Update it, or check its evidence.db or PostgreSQL.") { ExitCode = CliExit.No };
        }

        var kind = Enum.GetValues<EvidenceKind>().Where(k => JsonNamingPolicy.KebabCaseLower.ConvertName(k.ToString()) == e.Kind).Select(k => (EvidenceKind?)k).FirstOrDefault()
            ?? throw new FormatException($"'{e.Kind}' is no kind of entry.");
        var draft = new EvidenceDraft(e.At, kind, e.Dataset ?? "", e.Node ?? "", Need(e.Outcome), depth, blocks, Need(e.Author), Need(e.Detail));
        return new EvidenceEntry(e.Sequence, draft, Need(e.Previous), Need(e.Hash));
    }

    private static string Need(string? text) => text ?? throw new FormatException("A field is missing.");

    private sealed record Page(IReadOnlyList<Entry>? Items, long? Next, EvidenceHead? Head);

    private sealed record Entry(
        long Sequence,
        DateTimeOffset At,
        string? Kind,
        string? Dataset,
        string? Node,
        string? Outcome,
        string? Author,
        string? Detail,
        string? Previous,
        string? Hash,
        int? Depth,
        long? Blocks);
}
