using System.CommandLine;
using Etdb.Cli.CommandLine;
using Etdb.Cli.Remote;
using Etdb.Silo.Api;

namespace Etdb.Cli.Operators;

/// <summary><c>etdb pause|resume|force|exclude</c>: what operators decide against the cluster's own plan. Every one names its author and reason.</summary>
internal static class OverrideCommands
{
    private static readonly Option<bool> Undo = new("--undo") { Description = "Allow the node again." };

    public static IEnumerable<Command> Build() => [Brake("pause", on: true), Brake("resume", on: false), Force(), Exclude()];

    private static Command Brake(string name, bool on)
    {
        var dataset = new Argument<string?>("ID") { Description = "A dataset; left out, the whole cluster.", Arity = ArgumentArity.ZeroOrOne };
        var about = on ? "Hold back all work but that on last copies; or all work on one dataset." : "Let work go on, of the cluster or of one dataset.";
        return new Command(name, about) { dataset }
            .WithOperator()
            .WithExamples($"etdb {name} --reason 'network works tonight'", $"etdb {name} 763dc9 --reason 'asked for by the lab'")
            .Does(async (result, output, ct) =>
            {
                if (result.GetValue(dataset) is { } id)
                {
                    return await ActAsync(result, output, id, name, null, ct);
                }

                using var client = ServerOptions.Client(result);
                var body = new BrakeRequest(OperatorOptions.AuthorOf(result), result.GetValue(OperatorOptions.Reason), on);
                var done = await client.PostAsync<DoneView>("brake", body, ct) ?? throw new CliException("the server has no /api/v1/brake; is it an etdb silo of this version?");
                output.Write(done, text => text.WriteLine(done.Text));
                return CliExit.Done;
            });
    }

    private static Command Force()
    {
        var dataset = Dataset();
        return new Command("force", "Forget the waits after failed attempts and plan the dataset now.") { dataset }
            .WithOperator()
            .WithExamples("etdb force 763dc9 --reason 'the node has room again'")
            .Does((result, output, ct) => ActAsync(result, output, result.GetValue(dataset)!, "force", null, ct));
    }

    private static Command Exclude()
    {
        var dataset = Dataset();
        var node = new Argument<string>("NODE") { Description = "Id of the node." };
        return new Command("exclude", "Keep nothing of a dataset on a node, and move away what is there.") { dataset, node, Undo }
            .WithOperator()
            .WithExamples("etdb exclude 763dc9 n3 --reason 'export rules'", "etdb exclude 763dc9 n3 --undo --reason 'cleared'")
            .Does((result, output, ct) => ActAsync(result, output, result.GetValue(dataset)!, result.GetValue(Undo) ? "include" : "exclude", result.GetValue(node), ct));
    }

    private static async Task<int> ActAsync(ParseResult result, CliOutput output, string dataset, string kind, string? node, CancellationToken ct)
    {
        using var client = ServerOptions.Client(result);
        var body = new ActRequest(OperatorOptions.AuthorOf(result), result.GetValue(OperatorOptions.Reason), kind, node);
        var done = await client.PostAsync<DoneView>($"datasets/{Uri.EscapeDataString(dataset)}/acts", body, ct)
            ?? throw new CliException($"there is no dataset that begins with '{dataset}' (at least 6 digits, and only one may){(node is null ? "" : $", or no node '{node}'")}.");
        output.Write(done, text => text.WriteLine(done.Text));
        return CliExit.Done;
    }

    private static Argument<string> Dataset() => new("ID") { Description = "Id of the dataset; its first 6 digits will do." };
}
