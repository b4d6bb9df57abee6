namespace Etdb.Cli.CommandLine;

/// <summary>One line on a terminal that is written over again and again, a few times a second; silent when stderr is no terminal.</summary>
internal sealed class ProgressLine(CliOutput output, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(200);
    private readonly bool _isSeen = !Console.IsErrorRedirected;
    private readonly long _start = time.GetTimestamp();
    private long _last;
    private int _width;

    /// <summary>Since the first line.</summary>
    public TimeSpan Elapsed => time.GetElapsedTime(_start);

    /// <summary>Shows that text, unless one was shown a moment ago.</summary>
    public void Show(Func<string> text)
    {
        if (!_isSeen || time.GetElapsedTime(_last == 0 ? _start : _last) < Pace)
        {
            return;
        }

        _last = time.GetTimestamp();
        var line = text();
        output.Messages.Write("\r" + line.PadRight(_width));
        _width = line.Length;
    }

    /// <summary>Leaves the last text standing.</summary>
    public void Dispose()
    {
        if (_width > 0)
        {
            output.Messages.WriteLine();
        }
    }
}
