using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Etdb.Browser.Tests.Support;
using Microsoft.Playwright;

namespace Etdb.Browser.Tests.Pages;

/// <summary>The page a director opens: it says the truth in one sentence, and never calls old figures live.</summary>
public sealed partial class OverviewPageTests(Chromium chromium) : BrowserTest(chromium)
{
    private const float StalePatienceMs = 90_000;

    [Fact]
    public async Task Overview_says_how_many_copies_every_dataset_has()
    {
        var page = await OpenAsync("/");
        await Expect(page.Headline.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("All 12 datasets have 3 verified copies.");
        await Expect(page.Main).ToContainTextAsync("10.5\u00a0MB published");
        await Expect(page.Main).ToContainTextAsync("about one in 3,300 years");
        await Expect(page.Main).ToContainTextAsync("Nothing needs repair.");
        await Expect(page.Main).ToContainTextAsync("No loss has been noticed so far.");
        await Expect(page.Page.Locator("[data-node=n1]")).ToContainTextAsync("42.0\u00a0MB of 100\u00a0MB");
        await Expect(page.Page.Locator("[data-node=n3]")).ToContainTextAsync("capacity not measured");
    }

    [Fact]
    public async Task Overview_follows_the_feed_without_being_opened_again()
    {
        var page = await OpenAsync("/");
        await Expect(page.Headline).ToHaveAttributeAsync("data-tone", "good");

        Api.Publish("health", FakeArchive.Health(11, degraded: 1, missing: 1));
        Api.Publish("node", FakeArchive.Node(3, "unreachable", "no answer to 3 probes"));
        Api.Publish("repair", FakeArchive.Repair(1, "moving", 400_000));
        Api.Publish("incident", FakeArchive.Incident(1, healed: false));

        await Expect(page.Headline).ToContainTextAsync("11 of 12 datasets have all their verified copies; 1 is below target.");
        await Expect(page.Page.GetByTestId("announcer")).ToContainTextAsync("1 is below target");
        await Expect(page.Page.Locator("[data-node=n3]")).ToContainTextAsync("no answer to 3 probes");
        await Expect(page.Page.GetByRole(AriaRole.Progressbar, new() { Name = "Progress of Flagellar motor 1" })).ToHaveAttributeAsync("aria-valuenow", "40");
        await Expect(page.Page.GetByTestId("incidents")).ToContainTextAsync("Disk lost on n3");

        Api.Publish("health", FakeArchive.Health(12));
        Api.Publish("repair", FakeArchive.Repair(1, "done", 1_000_000));
        Api.Publish("incident", FakeArchive.Incident(1, healed: true));
        await Expect(page.Headline).ToHaveAttributeAsync("data-tone", "good");
        await Expect(page.Main).ToContainTextAsync("Nothing needs repair.");
        await Expect(page.Page.GetByTestId("incidents").Locator("[data-healed=true]")).ToContainTextAsync("3.4\u00a0s");
    }

    [Fact]
    public async Task Overview_shows_a_broken_catalogue_and_reads_again_on_request()
    {
        Api.Fail("/health", 500);
        var page = await OpenAsync("/");
        var alert = page.Page.GetByRole(AriaRole.Alert).First;
        await Expect(alert).ToContainTextAsync("Could not read the replication health: The catalogue is away");
        Api.Recover("/health");
        await alert.GetByRole(AriaRole.Button, new() { Name = "Try again" }).ClickAsync();
        await Expect(page.Headline).ToContainTextAsync("All 12 datasets");
    }

    [Fact]
    public async Task Overview_is_honest_about_an_empty_archive()
    {
        Api.Set("/health", FakeArchive.Health(0));
        Api.SetList("/nodes");
        var page = await OpenAsync("/");
        await Expect(page.Headline).ToContainTextAsync("No dataset has been published yet.");
        await Expect(page.Headline).ToHaveAttributeAsync("data-tone", "neutral");
        await Expect(page.Main).ToContainTextAsync("No node has joined yet.");
    }

    [Fact]
    public async Task Overview_shows_what_nobody_measured_as_words()
    {
        var health = FakeArchive.Health(12);
        health["bytes"] = new JsonObject { ["logical"] = null, ["stored"] = null };
        health["risk"] = new JsonObject { ["expectedLossesPerYear"] = null };
        Api.Set("/health", health);
        var page = await OpenAsync("/");
        await Expect(page.Page.Locator(".tile", new() { HasText = "Stored" })).ToContainTextAsync("not measured");
        await Expect(page.Page.Locator(".tile", new() { HasText = "Expected losses" })).ToContainTextAsync("not measured");
    }

    [Fact]
    public async Task Overview_never_shows_old_figures_as_live()
    {
        var page = await OpenAsync("/");
        await Expect(page.Headline).ToContainTextAsync("All 12 datasets");

        Api.Fail("/events", 503);
        Api.CutFeed();
        await Expect(page.LiveIndicator).ToHaveAttributeAsync("data-state", Interrupted());
        await Expect(page.Page.GetByTestId("stale-banner")).ToContainTextAsync("may have changed");
        await Expect(page.Headline).ToContainTextAsync(AsOf());
        await Expect(page.LiveIndicator).ToHaveAttributeAsync("data-state", "stale", new() { Timeout = StalePatienceMs });
        await Expect(page.LiveIndicator).ToContainTextAsync("Stale since");

        Api.Recover("/events");
        await Expect(page.LiveIndicator).ToHaveAttributeAsync("data-state", "live", new() { Timeout = StalePatienceMs });
        await Expect(page.Page.GetByTestId("stale-banner")).ToHaveCountAsync(0);
        Assert.Equal("", Api.Connections.First());
        Assert.Equal("1", Api.Connections.Last());
    }

    [Fact]
    public async Task Overview_says_what_holds_repairs_back()
    {
        var cluster = FakeArchive.Cluster(demo: false);
        cluster["safeMode"] = new JsonObject { ["active"] = true, ["reason"] = "half of the nodes do not answer" };
        Api.Set("/cluster", cluster);
        Api.Set("/health", FakeArchive.Health(11, degraded: 1));
        var page = await OpenAsync("/");
        await Expect(page.Main).ToContainTextAsync("Safe mode: nothing is repaired or removed because half of the nodes do not answer");
        await Expect(page.Headline).ToContainTextAsync("Repairs are held back at the moment");
    }

    [GeneratedRegex("reconnecting|stale")]
    private static partial Regex Interrupted();

    [GeneratedRegex(@"At \d\d:\d\d:\d\d: All 12 datasets")]
    private static partial Regex AsOf();
}
