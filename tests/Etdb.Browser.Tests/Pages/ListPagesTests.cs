using Etdb.Browser.Tests.Support;
using Microsoft.Playwright;

namespace Etdb.Browser.Tests.Pages;

/// <summary>Members, nodes, repairs, incidents: each loads, is empty, fails and follows the feed.</summary>
public sealed class ListPagesTests(Chromium chromium) : BrowserTest(chromium)
{
    [Theory]
    [InlineData("/members", "University Library 2")]
    [InlineData("/nodes", "42.0\u00a0MB of 100\u00a0MB")]
    [InlineData("/repairs", "Nothing needs repair.")]
    [InlineData("/incidents", "No loss has been noticed so far.")]
    public async Task Page_shows_its_list(string path, string expected)
    {
        var page = await OpenAsync(path);
        await Expect(page.Main).ToContainTextAsync(expected);
    }

    [Theory]
    [InlineData("/members", "No institution has joined yet.")]
    [InlineData("/nodes", "No node has joined yet.")]
    public async Task Page_says_when_its_list_is_empty(string path, string expected)
    {
        Api.SetList(path);
        var page = await OpenAsync(path);
        await Expect(page.Main).ToContainTextAsync(expected);
    }

    [Theory]
    [InlineData("/members")]
    [InlineData("/nodes")]
    [InlineData("/repairs")]
    [InlineData("/incidents")]
    public async Task Page_shows_a_failure_and_can_try_again(string path)
    {
        Api.Fail(path, 503);
        var page = await OpenAsync(path);
        var alert = page.Page.GetByRole(AriaRole.Alert);
        await Expect(alert).ToContainTextAsync($"The catalogue could not be read for {path}.");
        Api.Recover(path);
        await alert.GetByRole(AriaRole.Button, new() { Name = "Try again" }).ClickAsync();
        await Expect(alert).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Repairs_and_incidents_follow_the_feed()
    {
        var page = await OpenAsync("/repairs");
        await Expect(page.Main).ToContainTextAsync("Nothing needs repair.");
        var waiting = FakeArchive.Repair(1, "waiting", 0);
        waiting["cause"] = "n3 has no free slot for another copy";
        Api.Publish("repair", waiting);
        await Expect(page.Main).ToContainTextAsync("n3 has no free slot for another copy");
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "Incidents" }).ClickAsync();
        await Expect(page.Main).ToContainTextAsync("No loss has been noticed so far.");
        Api.Publish("incident", FakeArchive.Incident(1, healed: false));
        await Expect(page.Main).ToContainTextAsync("Open for");
        Api.Publish("incident", FakeArchive.Incident(1, healed: true));
        await Expect(page.Main).ToContainTextAsync("Healed after");
        await Expect(page.Main).ToContainTextAsync("7.34\u00a0MB");
    }

    [Fact]
    public async Task Nodes_follow_the_feed()
    {
        var page = await OpenAsync("/nodes");
        Api.Publish("node", FakeArchive.Node(2, "presumed-lost", "away since yesterday"));
        await Expect(page.Page.Locator("[data-node=n2]")).ToContainTextAsync("Presumed lost");
        Api.Publish("node", FakeArchive.Node(4));
        await Expect(page.Page.Locator("[data-node]")).ToHaveCountAsync(4);
    }

    [Fact]
    public async Task An_unknown_page_leads_back()
    {
        var page = await OpenAsync("/");
        await page.Page.EvaluateAsync("() => { history.pushState(null, '', '/nowhere'); }");
        await Expect(page.Main).ToContainTextAsync("There is no such page");
    }
}
