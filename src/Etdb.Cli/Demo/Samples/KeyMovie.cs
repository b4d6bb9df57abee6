using System.ComponentModel;
using System.Diagnostics;

namespace Etdb.Cli.Demo.Samples;

/// <summary>An MP4 that runs through the sections of a reconstruction, when <c>ffmpeg</c> is on the PATH; without it, no movie.</summary>
internal static class KeyMovie
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>True when the file was written. Never throws for a missing or failing ffmpeg.</summary>
    public static async Task<bool> TryWriteAsync(string path, Volume volume, CancellationToken cancellationToken)
    {
        var arguments = $"-hide_banner -loglevel error -y -f rawvideo -pix_fmt gray -s {volume.Width}x{volume.Height} -r 12 -i - " +
            "-vf scale=256:-2:flags=lanczos -c:v libx264 -preset veryfast -threads 1 -pix_fmt yuv420p -movflags +faststart -bitexact";
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo("ffmpeg", [.. arguments.Split(' '), path]) { RedirectStandardInput = true, RedirectStandardError = true, UseShellExecute = false },
        };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            process.Start();
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            await using (var input = process.StandardInput.BaseStream)
            {
                for (var z = 0; z < volume.Depth; z++)
                {
                    await input.WriteAsync(PngImage.Pixels(volume.Section(z)), limit.Token);
                }
            }

            await errors;
            await process.WaitForExitAsync(limit.Token);
            return process.ExitCode == 0;
        }
        catch (Exception e) when (e is Win32Exception or IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            if (e is OperationCanceledException)
            {
                process.Kill();
            }

            return false;
        }
        finally
        {
            if (File.Exists(path) && new FileInfo(path).Length == 0)
            {
                File.Delete(path);
            }
        }
    }
}
