using System.CommandLine;
using Etdb.Cli.CommandLine;
using Etdb.Cli.Remote;
using Etdb.Silo.Api;

namespace Etdb.Cli.Operators;

/// <summary>
/// <c>etdb drain NODE</c>: shows what emptying a node means, asks, begins it. Asked again it shows how far it has come. Exit code 0 when the node may
/// leave or the drain was begun, 1 when it was not begun or is still under way.
/// </summary>
internal static class DrainCommand
{
    private const int BlockersShown = 10;
    private static readonly Option<bool> Undo = new("--undo") { Description = "Take the drain back: the node's copies count again." };
    private static readonly Option<bool> Yes = new("--yes") { Description = "Begin without asking." };
    private static readonly Option<bool> Preview = new("--preview") { Description = "Only show what it would mean." };

    public static Command Build(string path)
    {
        var node = Node();
        var command = new Command("drain", "Empty a node gracefully: show what must move, ask, begin; asked again, show how far it is.") { node, Undo, Yes, Preview };
        return command.WithOperator(OperatorOptions.ReasonOrDefault)
            .WithExamples($"{path} n3 --preview", $"{path} n3 --reason 'machine retires in May'", $"{path} n3 --undo --reason 'it stays after all'")
            .Does((result, output, ct) => result.GetValue(Undo) ? UndoAsync(result, output, result.GetValue(node)!, ct) : RunAsync(result, output, result.GetValue(node)!, ct));
    }

    public static Command BuildUndo()
    {
        var node = Node();
        return new Command("undrain", "Take a drain back: the node's copies count again.") { node }
            .WithOperator(OperatorOptions.ReasonOrDefault)
            .WithExamples("etdb node undrain n3 --reason 'it stays after all'")
            .Does((result, output, ct) => UndoAsync(result, output, result.GetValue(node)!, ct));
    }

    private static async Task<int> RunAsync(ParseResult result, CliOutput output, string node, CancellationToken ct)
    {
        using var client = ServerOptions.Client(result);
        var path = $"nodes/{Uri.EscapeDataString(node)}/drain";
        var view = await client.GetAsync<DrainView>(path, ct) ?? throw await client.NoSuchNodeAsync(node, ct);
        if (view.Draining || result.GetValue(Preview))
        {
            output.Write(new { begun = false, drain = view }, text => Print(text, view));
            return view.SafeToLeave || (!view.Draining && view.Blocked == 0) ? CliExit.Done : CliExit.No;
        }

        if (!output.IsJson)
        {
            Print(output.Messages, view);
        }

        if (!result.GetValue(Yes) && !Confirmed(output, node))
        {
            output.Write(new { begun = false, drain = view }, text => text.WriteLine("Not begun. Run it again with --yes to begin."));
            return CliExit.No;
        }

        var done = await client.PostAsync<DoneView>(path, new DrainRequest(OperatorOptions.AuthorOf(result), result.GetValue(OperatorOptions.ReasonOrDefault)), ct);
        output.Write(new { begun = true, drain = view }, text => text.WriteLine($"{done?.Text} Run it again to see how far it is."));
        return CliExit.Done;
    }

    private static async Task<int> UndoAsync(ParseResult result, CliOutput output, string node, CancellationToken ct)
    {
        using var client = ServerOptions.Client(result);
        var body = new DrainRequest(OperatorOptions.AuthorOf(result), result.GetValue(OperatorOptions.ReasonOrDefault), Undo: true);
        var done = await client.PostAsync<DoneView>($"nodes/{Uri.EscapeDataString(node)}/drain", body, ct) ?? throw await client.NoSuchNodeAsync(node, ct);
        output.Write(done, text => text.WriteLine(done.Text));
        return CliExit.Done;
    }

    private static bool Confirmed(CliOutput output, string node)
    {
        if (output.IsJson || Console.IsInputRedirected)
        {
            return false;
        }

        output.Messages.Write($"Empty {node}? [y/N] ");
        output.Messages.Flush();
        return Console.ReadLine()?.Trim().ToLowerInvariant() is "y" or "yes";
    }

    private static void Print(TextWriter text, DrainView v)
    {
        text.WriteLine(v switch
        {
            { SafeToLeave: true, Draining: true } => $"{v.Node} is empty of duties: every dataset on it has enough verified copies elsewhere. It may leave.",
            { Draining: true } => $"{v.Node} is being emptied{(v.Since is { } since ? $" since {since:u}" : "")}: {v.Progress:P0} done; {v.Replicas - v.Free} of {v.ReplicasAtStart} copies still wait for a replacement.",
            _ => $"{v.Node} keeps {v.Replicas} copies; {v.Free} of them are not needed.",
        });
        text.WriteLine($"To move: {v.Replaceable} datasets have a place, {v.Moving} are on their way; {Sizes.Text(v.BytesToMove)} in all.");
        foreach (var target in v.Targets)
        {
            text.WriteLine($"  to {target.Node}: {target.Datasets} datasets, {Sizes.Text(target.Bytes)}");
        }

        if (v.Blocked > 0)
        {
            text.WriteLine($"Blocked: {v.Blocked} datasets have nowhere to go. As long as that is so the node must not be switched off.");
            foreach (var blocker in v.Blockers.Take(BlockersShown))
            {
                text.WriteLine($"  {blocker.Dataset[..10]}… ({Sizes.Text(blocker.Bytes)}): {blocker.Text}");
            }
        }
        else if (!v.SafeToLeave)
        {
            text.WriteLine(v.DoneAt is { } at ? $"At the speed of past repairs it is done by {at:u}." : "No repair has been measured yet, so nobody can say how long it takes.");
        }
    }

    private static Argument<string> Node() => new("NODE") { Description = "Id of the node; 'etdb node list' shows them." };
}
