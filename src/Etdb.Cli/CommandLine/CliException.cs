namespace Etdb.Cli.CommandLine;

/// <summary>
/// A command cannot do what was asked because of what it was given. The message says what, where, and what to do; it is printed on
/// one line and the exit code is <see cref="ExitCode"/> (2 unless said otherwise).
/// </summary>
public sealed class CliException : Exception
{
    public CliException()
    {
    }

    public CliException(string message)
        : base(message)
    {
    }

    public CliException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>What the process exits with.</summary>
    public int ExitCode { get; init; } = CliExit.BadInput;
}

/// <summary>What exit codes mean, for every command.</summary>
public static class CliExit
{
    /// <summary>Done; the answer is "yes".</summary>
    public const int Done = 0;

    /// <summary>The answer is "no", or a part failed.</summary>
    public const int No = 1;

    /// <summary>Wrong usage or bad input.</summary>
    public const int BadInput = 2;

    /// <summary>Stopped by Ctrl-C or a signal.</summary>
    public const int Interrupted = 130;
}
