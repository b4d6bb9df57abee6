using System.CommandLine;
using System.Globalization;
using Etdb.Cli.CommandLine;
using Etdb.Cli.Remote;
using Etdb.Silo.Api;

namespace Etdb.Cli.Operators;

/// <summary><c>etdb policy show|set|inherit|quota</c>: how many copies are wished, and how far apart; of one dataset, or of all of a publisher.</summary>
internal static class PolicyCommands
{
    public static Command Build() => new("policy", "How many copies are wished and how far apart: of a dataset, of a publisher, of the consortium.") { Show(), Set(), Inherit(), Quota() };

    private static Command Show()
    {
        var (dataset, publisher) = (Dataset(), Publisher());
        return new Command("show", "The policy of a dataset (and whose wish it is), of a publisher, or, with neither, of the consortium.") { dataset, publisher }
            .WithServer()
            .WithExamples("etdb policy show", "etdb policy show 763dc9", "etdb policy show --publisher FTSTq8xx8yWUKJA5E3bgXLzZqqG9V6dvnr")
            .Does(async (result, output, ct) =>
            {
                using var client = ServerOptions.Client(result);
                return (result.GetValue(dataset), result.GetValue(publisher)) switch
                {
                    (null, null) => Print(output, await client.NeedAsync<ConsortiumPolicyView>("policy", ct)),
                    ({ } id, null) => Print(output, await FindAsync(client, id, ct)),
                    (null, { } address) => Print(output, await client.GetAsync<PublisherPolicyView>(Path(address) + "/policy", ct), address),
                    _ => throw new CliException("name a dataset or a publisher, not both."),
                };
            });
    }

    private static Command Set()
    {
        var (dataset, publisher) = (Dataset(), Publisher());
        var target = new Option<int?>("--target") { Description = "Verified, independent copies wished, 1..32. More than there are members is a wish: it waits for them." };
        var floor = new Option<int?>("--floor") { Description = "Copies below which the dataset is endangered, 1..target." };
        var most = new Option<int?>("--most") { Description = "Copies above which a surplus is let go at once, target..64." };
        var by = new Option<string?>("--distinct-by") { Description = "member, site, country or node: at most one copy in each counts." };
        var only = new Option<string[]?>("--only-tag") { Description = "Only nodes with this tag may keep a copy; may be repeated; '' for none." };
        var not = new Option<string[]?>("--not-tag") { Description = "Nodes with this tag may keep none; may be repeated; '' for none." };
        var depth = new Option<string?>("--verified-by") { Description = "root, sample or full: a shallower check does not count." };
        var within = Durations.Option("--verified-within", "An older check does not count, such as 90d (1 s to 3650 d).");
        var retired = Durations.Option("--keep-retired", "How long copies are kept after a deactivation, such as 365d.");
        return new Command("set", "Set the policy of a dataset, or of all datasets of a publisher; what is not named stays as it is.")
            { dataset, publisher, target, floor, most, by, only, not, depth, within, retired }
            .WithOperator()
            .WithExamples(
                "etdb policy set 763dc9 --target 5 --distinct-by country --reason 'asked for by the lab'",
                "etdb policy set --publisher FTSTq8xx8yWUKJA5E3bgXLzZqqG9V6dvnr --target 4 --floor 3 --reason 'agreement of May'")
            .Does((result, output, ct) => PostAsync(
                result, output, result.GetValue(dataset), result.GetValue(publisher),
                new PolicyRequest(
                    OperatorOptions.AuthorOf(result), result.GetValue(OperatorOptions.Reason), false, result.GetValue(target), result.GetValue(floor), result.GetValue(most), result.GetValue(by),
                    Tags(result.GetValue(only)), Tags(result.GetValue(not)), result.GetValue(depth), result.GetValue(within)?.TotalDays, result.GetValue(retired)?.TotalDays),
                ct));
    }

    private static Command Inherit()
    {
        var (dataset, publisher) = (Dataset(), Publisher());
        return new Command("inherit", "Give up a dataset's own policy for its publisher's, or a publisher's for the consortium's.") { dataset, publisher }
            .WithOperator()
            .WithExamples("etdb policy inherit 763dc9 --reason 'no longer special'")
            .Does((result, output, ct) => PostAsync(
                result, output, result.GetValue(dataset), result.GetValue(publisher), new PolicyRequest(OperatorOptions.AuthorOf(result), result.GetValue(OperatorOptions.Reason), Inherit: true), ct));
    }

    private static Command Quota()
    {
        var publisher = new Argument<string>("PUBLISHER") { Description = "FLO address of the publisher." };
        var datasets = new Option<long?>("--datasets") { Description = "Most datasets, 0 to 100,000,000." };
        var bytes = Sizes.Option("--bytes", "Most bytes as its records declare them, one copy each, such as 40TB.");
        var lift = new Option<bool>("--lift") { Description = "No limit any more." };
        return new Command("quota", "Limit how much of a publisher is taken on. What is already kept is never let go for it.") { publisher, datasets, bytes, lift }
            .WithOperator()
            .WithExamples(
                "etdb policy quota FTSTq8xx8yWUKJA5E3bgXLzZqqG9V6dvnr --datasets 12000 --bytes 40TB --reason 'agreement of May'",
                "etdb policy quota FTSTq8xx8yWUKJA5E3bgXLzZqqG9V6dvnr --lift --reason 'new agreement'")
            .Does(async (result, output, ct) =>
            {
                var (count, size) = (result.GetValue(datasets), result.GetValue(bytes));
                if (result.GetValue(lift) == (count is not null || size is not null))
                {
                    throw new CliException("say either a limit (--datasets, --bytes) or that there is none (--lift).");
                }

                using var client = ServerOptions.Client(result);
                var address = result.GetValue(publisher)!;
                var body = new QuotaRequest(OperatorOptions.AuthorOf(result), result.GetValue(OperatorOptions.Reason), count, size);
                return Print(output, await client.PostAsync<PublisherPolicyView>(Path(address) + "/quota", body, ct), address);
            });
    }

    private static async Task<int> PostAsync(ParseResult result, CliOutput output, string? dataset, string? publisher, PolicyRequest body, CancellationToken ct)
    {
        using var client = ServerOptions.Client(result);
        switch (dataset, publisher)
        {
            case ({ } id, null):
                var known = await FindAsync(client, id, ct);
                return Print(output, await client.PostAsync<DatasetPolicyView>($"{Path(known.Publisher)}/datasets/{known.Id}/policy", body, ct) ?? throw Unknown(id));
            case (null, { } address):
                return Print(output, await client.PostAsync<PublisherPolicyView>(Path(address) + "/policy", body, ct), address);
            default:
                throw new CliException("name a dataset, or a publisher with --publisher.");
        }
    }

    private static async Task<DatasetPolicyView> FindAsync(SiloClient client, string id, CancellationToken ct)
        => await client.GetAsync<DatasetPolicyView>($"datasets/{Uri.EscapeDataString(id)}/policy", ct) ?? throw Unknown(id);

    private static int Print(CliOutput output, ConsortiumPolicyView view)
    {
        output.Write(view, text =>
        {
            text.WriteLine("Of the consortium, for datasets with no policy of their own or of their publisher:");
            Print(text, view.Policy);
        });
        return CliExit.Done;
    }

    private static int Print(CliOutput output, DatasetPolicyView view)
    {
        output.Write(view, text =>
        {
            var whose = view.Source switch { "dataset" => "set for this dataset", "publisher" => "of its publisher", _ => "of the consortium" };
            text.WriteLine($"{view.Title} ({view.Id[..10]}…): {whose}");
            Print(text, view.Policy);
            text.WriteLine($"  There are {view.Have} verified copies that count.{(view.WaitingFor is null ? "" : " " + view.WaitingFor)}");
        });
        return CliExit.Done;
    }

    private static int Print(CliOutput output, PublisherPolicyView? view, string address)
    {
        var v = view ?? throw new CliException($"nothing was published by '{address}'; give its FLO address as 'etdb why' and the pages show it.");
        output.Write(v, text =>
        {
            text.WriteLine($"{v.Publisher}: {v.Datasets} datasets, {Sizes.Text(v.Bytes)} as declared");
            if (v.Policy is { } policy)
            {
                Print(text, policy);
            }
            else
            {
                text.WriteLine("  no policy of its own; the consortium's holds ('etdb policy show')");
            }

            var limits = new[] { v.MostDatasets is { } count ? $"{count} datasets" : null, v.MostBytes is { } bytes ? Sizes.Text(bytes) : null }.OfType<string>().ToList();
            text.WriteLine(limits.Count == 0 ? "  quota: no limit" : $"  quota: {string.Join(", ", limits)}; it does not reach to {v.Beyond} of its datasets");
            if (v.Telling)
            {
                text.WriteLine("  its datasets are being told");
            }
        });
        return CliExit.Done;
    }

    private static void Print(TextWriter text, FullPolicyView p)
    {
        text.WriteLine($"  {p.Target} copies, distinct by {p.DistinctBy}; endangered below {p.Floor}, surplus let go at once above {p.Most}, else after {Days(p.KeepSurplusDays)}");
        text.WriteLine($"  a check counts if it was at least '{p.VerifiedBy}' and within {Days(p.VerifiedWithinDays)}; kept {Days(p.KeepRetiredDays)} after a deactivation");
        if (p.IncludeTags.Count + p.ExcludeTags.Count > 0)
        {
            text.WriteLine($"  nodes: {(p.IncludeTags.Count == 0 ? "any" : "with " + string.Join(" and ", p.IncludeTags))}{(p.ExcludeTags.Count == 0 ? "" : ", none with " + string.Join(" or ", p.ExcludeTags))}");
        }
    }

    private static string Days(double days) => days >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{days:0.#} days")
        : string.Create(CultureInfo.InvariantCulture, $"{days * 86_400:0.#} s");

    // One empty tag is how a command line says "none".
    private static string[]? Tags(string[]? tags) => tags is { Length: > 0 } ? [.. tags.Where(t => t.Length > 0)] : null;

    private static CliException Unknown(string id) => new($"no dataset, or more than one, begins with '{id}'. Ids are 64 hex digits, at least 6 of them are needed.");

    private static string Path(string address) => $"publishers/{Uri.EscapeDataString(address)}";

    private static Argument<string?> Dataset() => new("ID") { Description = "Id of the dataset; its first 6 digits will do.", Arity = ArgumentArity.ZeroOrOne };

    private static Option<string?> Publisher() => new("--publisher") { Description = "FLO address of a publisher, instead of a dataset." };
}
