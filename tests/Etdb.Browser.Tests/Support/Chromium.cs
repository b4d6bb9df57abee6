using System.Diagnostics;
using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(Etdb.Browser.Tests.Support.Chromium))]

namespace Etdb.Browser.Tests.Support;

/// <summary>
/// One Debian Chromium for all tests of this assembly; installed with apt when it is missing and this process may do so.
/// Without it every browser test is skipped, and says why.
/// </summary>
public sealed class Chromium : IAsyncLifetime
{
    private const string Executable = "/usr/bin/chromium";
    private const float PatienceMs = 45_000; // a machine that is busy elsewhere is no failure
    private static readonly TimeSpan InstallPatience = TimeSpan.FromMinutes(5);

    private static readonly string[] Arguments =
        ["--no-sandbox", "--headless=new", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

    private IPlaywright? _playwright;
    private IBrowser? _browser;
    private string? _missing;

    public async ValueTask InitializeAsync()
    {
        _missing = await InstallAsync();
        if (_missing is null)
        {
            Assertions.SetDefaultExpectTimeout(PatienceMs);
            _playwright = await Playwright.CreateAsync();
            _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = Executable, Args = Arguments });
        }
    }

    /// <summary>A page in a fresh profile. Everything the browser complains about is collected in the result.</summary>
    internal async Task<WatchedPage> OpenAsync(Uri root, int width = 1280, int height = 900, ColorScheme scheme = ColorScheme.Light, ReducedMotion motion = ReducedMotion.NoPreference)
    {
        Assert.SkipWhen(_browser is null, _missing ?? "Chromium did not start.");
        var context = await _browser!.NewContextAsync(new()
        {
            BaseURL = root.ToString(),
            ViewportSize = new() { Width = width, Height = height },
            ColorScheme = scheme,
            ReducedMotion = motion,
            Locale = "en-GB",
            TimezoneId = "UTC",
            Permissions = ["clipboard-read", "clipboard-write"],
        });
        context.SetDefaultTimeout(PatienceMs);
        return new WatchedPage(context, await context.NewPageAsync());
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }

    /// <summary>Null when Chromium is there, else the reason why it is not.</summary>
    private static async Task<string?> InstallAsync()
    {
        if (File.Exists(Executable))
        {
            return null;
        }

        if (!Environment.IsPrivilegedProcess)
        {
            return $"{Executable} is missing; type: sudo apt-get install -y chromium";
        }

        using var patience = new CancellationTokenSource(InstallPatience, TimeProvider.System);
        using var apt = Process.Start(new ProcessStartInfo("apt-get", ["install", "-y", "-q", "--no-install-recommends", "chromium"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        });
        if (apt is null)
        {
            return "apt-get could not be started.";
        }

        var output = apt.StandardOutput.ReadToEndAsync(patience.Token);
        var errors = apt.StandardError.ReadToEndAsync(patience.Token);
        await apt.WaitForExitAsync(patience.Token);
        await output;
        return apt.ExitCode == 0 && File.Exists(Executable) ? null : $"apt-get install chromium failed: {(await errors).Trim()}";
    }
}
