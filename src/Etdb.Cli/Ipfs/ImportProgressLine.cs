using Etdb.Cli.CommandLine;
using Etdb.Ipfs.Import;

namespace Etdb.Cli.Ipfs;

/// <summary>One line on a terminal that says how far an import is; silent when stderr is no terminal.</summary>
internal sealed class ImportProgressLine(CliOutput output, TimeProvider time) : IProgress<ImportProgress>, IDisposable
{
    private const double MebiByte = 1024 * 1024;
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(200);

    private readonly long _start = time.GetTimestamp();
    private long _last;
    private bool _shown;

    public static ImportProgressLine? For(CliOutput output) =>
        Console.IsErrorRedirected ? null : new ImportProgressLine(output, TimeProvider.System);

    public void Report(ImportProgress value)
    {
        if (time.GetElapsedTime(_last == 0 ? _start : _last) < Pace)
        {
            return;
        }

        _last = time.GetTimestamp();
        _shown = true;
        var seconds = Math.Max(time.GetElapsedTime(_start).TotalSeconds, 0.001);
        output.Messages.Write($"\r{value.Bytes / MebiByte:F0} MiB, {value.Files} files, {value.Bytes / MebiByte / seconds:F0} MiB/s   ");
    }

    public void Dispose()
    {
        if (_shown)
        {
            output.Messages.WriteLine();
        }
    }
}
