using Etdb.Browser.Tests.Support;
using Microsoft.Playwright;

namespace Etdb.Browser.Tests.Demo;

/// <summary>
/// The whole product seen through its page: the real demo is started, a disk is deleted with the page's own button, and
/// the page, never opened again, shows the loss, the repair and the whole archive.
/// </summary>
public sealed class DemoHealsTests(Chromium chromium)
{
    private const int Datasets = 6;
    private const int PictureDatasets = 12;
    private const float PictureHeight = 1480;
    private const float HealPatienceMs = 120_000;

    /// <summary>Where to put a picture of the healed overview for the README; unset in ordinary runs.</summary>
    private const string PictureVariable = "ETDB_DASHBOARD_PICTURE";

    private static string? Picture => Environment.GetEnvironmentVariable(PictureVariable) is { Length: > 0 } path ? path : null;

    [Fact]
    public async Task A_deleted_disk_is_noticed_and_healed_before_the_readers_eyes()
    {
        var ct = TestContext.Current.CancellationToken;
        Assert.SkipUnless(await DemoProcess.IsThereAsync(ct), "The etdb executable with its demo command is not built beside this test; build src/Etdb.Cli first.");
        var datasets = Picture is null ? Datasets : PictureDatasets;
        await using var demo = await DemoProcess.StartAsync(datasets, ct);
        await using var watched = await chromium.OpenAsync(demo.Root);
        var page = watched.Page;
        await watched.GoAsync("/demo");
        await Assertions.Expect(watched.Headline).ToHaveAttributeAsync("data-tone", "good");

        var button = page.Locator("[data-node] [data-action=delete-disk]").First;
        var node = await button.Locator("xpath=ancestor::li[@data-node]").GetAttributeAsync("data-node");
        await button.ClickAsync();
        await page.GetByTestId("confirm-break").ClickAsync();
        await Assertions.Expect(page.GetByTestId("demo-said")).Not.ToBeEmptyAsync();

        // The headline may turn and turn back between two looks of a page (twice a second); the incident with its end is what stays to be seen.
        var healed = page.GetByTestId("incidents").Locator("[data-healed=true]", new() { HasText = $"Disk lost on {node}" });
        await Assertions.Expect(healed).Not.ToHaveCountAsync(0, new() { Timeout = HealPatienceMs });
        await Assertions.Expect(watched.Headline).ToHaveAttributeAsync("data-tone", "good", new() { Timeout = HealPatienceMs });
        Assert.Empty(watched.Complaints);

        var health = await demo.ReadAsync("/health", ct);
        Assert.Equal(datasets, health["datasets"]!["healthy"]!.GetValue<int>());
        await TakePictureAsync(watched);
        Assert.Equal(0, await demo.StopAsync(ct));
    }

    private static async Task TakePictureAsync(WatchedPage watched)
    {
        if (Picture is not { } path)
        {
            return;
        }

        await watched.Page.GetByRole(AriaRole.Link, new() { Name = "Overview" }).ClickAsync();
        await Assertions.Expect(watched.Headline).ToBeVisibleAsync();
        await Assertions.Expect(watched.Main).Not.ToContainTextAsync("unreachable", new() { Timeout = HealPatienceMs });
        await Assertions.Expect(watched.Page.Locator(".notice")).ToHaveCountAsync(0, new() { Timeout = HealPatienceMs });
        await watched.Page.ScreenshotAsync(new() { Path = path, FullPage = true, Clip = new() { X = 0, Y = 0, Width = 1280, Height = PictureHeight } });
    }
}
