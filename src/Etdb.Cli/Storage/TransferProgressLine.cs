using Etdb.Cli.CommandLine;
using Etdb.Cli.Remote;
using Etdb.Storage.Transfer;

namespace Etdb.Cli.Storage;

/// <summary>Says how far a backup, restore, export or import is.</summary>
internal sealed class TransferProgressLine(CliOutput output) : IProgress<TransferProgress>, IDisposable
{
    private readonly ProgressLine _line = new(output, TimeProvider.System);

    public void Report(TransferProgress value) => _line.Show(() =>
        value.Total is { } total ? $"{value.Step}: {Sizes.Text(value.Bytes)} of {Sizes.Text(total)}" : $"{value.Step}: {Sizes.Text(value.Bytes)}");

    public void Dispose() => _line.Dispose();
}
