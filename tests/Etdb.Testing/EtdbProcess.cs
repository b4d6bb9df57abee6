using System.Diagnostics;
using System.Text;

namespace Etdb.Testing;

/// <summary>The built <c>etdb</c> command as a child process: what it prints is kept, and it never outlives the test.</summary>
public sealed class EtdbProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();
    private readonly List<(Func<string, bool> Matches, TaskCompletionSource<string> Seen)> _waits = [];
    private readonly Lock _lock = new();

    private EtdbProcess(Process process) => _process = process;

    /// <summary>Path of the command: <c>ETDB_CLI</c>, else the one built beside this test.</summary>
    public static string Path { get; } = Environment.GetEnvironmentVariable("ETDB_CLI") is { Length: > 0 } given
        ? given
        : System.IO.Path.GetFullPath(System.IO.Path.Combine(AppContext.BaseDirectory, "../../Etdb.Cli/release/etdb"));

    /// <summary>Process id, for signals.</summary>
    public int Id => _process.Id;

    /// <summary>True once it ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Everything printed on stdout so far.</summary>
    public string Output
    {
        get
        {
            lock (_lock)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Everything printed on stderr so far.</summary>
    public string Errors
    {
        get
        {
            lock (_lock)
            {
                return _errors.ToString();
            }
        }
    }

    /// <summary>Starts <c>etdb</c> with these arguments.</summary>
    public static EtdbProcess Start(params string[] arguments)
    {
        var process = new Process
        {
            StartInfo = new ProcessStartInfo(Path, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false },
        };
        var started = new EtdbProcess(process);
        process.OutputDataReceived += (_, e) => started.Keep(started._output, e.Data);
        process.ErrorDataReceived += (_, e) => started.Keep(started._errors, e.Data);
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return started;
    }

    /// <summary>Runs <c>etdb</c> to its end.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(TimeSpan limit, params string[] arguments)
    {
        await using var process = Start(arguments);
        var code = await process.WaitAsync(limit);
        return (code, process.Output, process.Errors);
    }

    /// <summary>Waits for the end and returns the exit code.</summary>
    public async Task<int> WaitAsync(TimeSpan limit)
    {
        using var timeout = new CancellationTokenSource(limit);
        try
        {
            await _process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException($"etdb did not end within {limit}. stdout:\n{Tail(Output)}\nstderr:\n{Tail(Errors)}", e);
        }

        return _process.ExitCode;
    }

    /// <summary>Waits for a line on either stream, past or future.</summary>
    public async Task<string> WaitForLineAsync(Func<string, bool> matches, TimeSpan limit, string what)
    {
        var seen = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if ((_output + "\n" + _errors).Split('\n').FirstOrDefault(matches) is { } line)
            {
                return line;
            }

            _waits.Add((matches, seen));
        }

        try
        {
            return await seen.Task.WaitAsync(limit);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"Waited {limit} for {what}. stdout:\n{Tail(Output)}\nstderr:\n{Tail(Errors)}", e);
        }
    }

    /// <summary>kill -9: no handler runs.</summary>
    public void Kill() => _process.Kill(entireProcessTree: true);

    /// <summary>What Ctrl-C sends.</summary>
    public void Interrupt()
    {
        using var kill = Process.Start("kill", ["-INT", _process.Id.ToString()]);
        kill.WaitForExit();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private static string Tail(string text) => text.Length <= 4000 ? text : "…" + text[^4000..];

    private void Keep(StringBuilder into, string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_lock)
        {
            into.AppendLine(line);
            foreach (var wait in _waits.Where(w => w.Matches(line)).ToList())
            {
                wait.Seen.TrySetResult(line);
                _waits.Remove(wait);
            }
        }
    }
}
