using System.CommandLine;
using System.Runtime.CompilerServices;

namespace Etdb.Cli.CommandLine;

/// <summary>How every command is put together: examples for <c>--help</c>, an action, and one way of ending.</summary>
public static class CommandExtensions
{
    private static readonly ConditionalWeakTable<Command, string[]> Examples = [];

    /// <summary><c>--json</c>, on every command.</summary>
    public static Option<bool> JsonOption { get; } = new("--json") { Description = "Print one JSON document on stdout; everything else goes to stderr.", Recursive = true };

    /// <summary>Adds example lines (without the leading <c>etdb</c>'s path) shown by <c>--help</c>.</summary>
    public static T WithExamples<T>(this T command, params string[] lines)
        where T : Command
    {
        Examples.AddOrUpdate(command, lines);
        return command;
    }

    /// <summary>The examples of a command; empty when it has none.</summary>
    public static IReadOnlyList<string> ExamplesOf(Command command) => Examples.TryGetValue(command, out var lines) ? lines : [];

    /// <summary>Sets what the command does; it returns the exit code.</summary>
    public static T Does<T>(this T command, Func<ParseResult, CliOutput, CancellationToken, Task<int>> action)
        where T : Command
    {
        ArgumentNullException.ThrowIfNull(command);
        command.SetAction(async (result, cancellationToken) =>
        {
            // Signals are listened to only when this has returned its task: a command that starts without waiting would miss a Ctrl-C that comes early.
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            var output = new CliOutput(result.InvocationConfiguration.Output, result.InvocationConfiguration.Error, WantsJson(result));
            try
            {
                return await action(result, output, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return CliExit.Interrupted;
            }
            catch (CliException e)
            {
                return Fail(output, command, e.Message, e.ExitCode);
            }
            catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
            {
                return Fail(output, command, e.Message, CliExit.BadInput);
            }
        });
        return command;
    }

    /// <summary>Sets what the command does when it needs no waiting.</summary>
    public static T Does<T>(this T command, Func<ParseResult, CliOutput, int> action)
        where T : Command
        => command.Does((result, output, _) => Task.FromResult(action(result, output)));

    // A command may declare a --json of its own that takes a file (demo does); it then decides for itself.
    private static bool WantsJson(ParseResult result) => result.GetResult(JsonOption) is { Implicit: false } && result.GetValue(JsonOption);

    private static int Fail(CliOutput output, Command command, string message, int exitCode)
    {
        output.Messages.WriteLine($"{UsageError.PathOf(command)}: {message.ReplaceLineEndings(" ")}");
        return exitCode;
    }
}
