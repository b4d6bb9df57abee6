using Etdb.Cli.CommandLine;
using Etdb.Ipfs.Import;

namespace Etdb.Cli.Ipfs;

/// <summary>Says how far an import of files is.</summary>
internal sealed class ImportProgressLine(CliOutput output) : IProgress<ImportProgress>, IDisposable
{
    private const double MebiByte = 1024 * 1024;
    private readonly ProgressLine _line = new(output, TimeProvider.System);

    public void Report(ImportProgress value) => _line.Show(() =>
        $"{value.Bytes / MebiByte:F0} MiB, {value.Files} files, {value.Bytes / MebiByte / Math.Max(_line.Elapsed.TotalSeconds, 0.001):F0} MiB/s");

    public void Dispose() => _line.Dispose();
}
