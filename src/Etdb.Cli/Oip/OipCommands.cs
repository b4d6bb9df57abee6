using System.CommandLine;

namespace Etdb.Cli.Oip;

/// <summary><c>etdb oip …</c>: what a comment is, and what a chain of them amounts to.</summary>
public static class OipCommands
{
    public static Command Build() => new("oip", "Read OIP records: say what a comment is, or replay a chain of comments.")
    {
        ClassifyCommand.Build(),
        ReplayCommand.Build(),
    };
}
