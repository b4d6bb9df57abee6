using Etdb.Browser.Tests.Support;
using Microsoft.Playwright;

namespace Etdb.Browser.Tests.Pages;

/// <summary>Every page for everybody: axe-core finds nothing in either colour scheme, 360 px are enough, the keyboard reaches everything.</summary>
public sealed class AccessibilityTests(Chromium chromium) : BrowserTest(chromium)
{
    private const int PhoneWidth = 360;
    private const float StalePatienceMs = 90_000;

    protected override bool IsDemo => true;

    public static TheoryData<string> Pages =>
        ["/", "/datasets", $"/datasets/{FakeArchive.Id(1)}", "/members", "/nodes", "/repairs", "/incidents", "/demo", "/signin"];

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Axe_finds_nothing_on(string path)
    {
        Show();
        var axe = AxeCore.Read();
        foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            var page = await OpenAsync(path, scheme: scheme);
            await Expect(page.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToBeVisibleAsync();
            await page.Page.WaitForLoadStateAsync(LoadState.Load);
            var violations = await AxeCore.CheckAsync(page.Page, axe);
            Assert.True(violations.Length == 0, string.Join('\n', violations));
        }
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task A_phone_shows_it_without_scrolling_sideways(string path)
    {
        Show();
        var page = await OpenAsync(path, PhoneWidth);
        await Expect(page.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToBeVisibleAsync();
        var overflow = await page.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth");
        Assert.Equal(0, overflow);

        var menu = page.Page.GetByRole(AriaRole.Button, new() { Name = "Open the menu" });
        await menu.ClickAsync();
        await page.Page.GetByRole(AriaRole.Navigation, new() { Name = "Pages" }).GetByRole(AriaRole.Link, new() { Name = "Members" }).ClickAsync();
        await Expect(page.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Members");
        await Expect(menu).ToHaveAttributeAsync("aria-expanded", "false");
    }

    [Fact]
    public async Task A_phone_that_lost_the_server_still_does_not_scroll_sideways()
    {
        var page = await OpenAsync("/", PhoneWidth);
        await Expect(page.Headline).ToBeVisibleAsync();
        Api.Fail("/events", 503);
        Api.CutFeed();
        await Expect(page.LiveIndicator).ToHaveAttributeAsync("data-state", "stale", new() { Timeout = StalePatienceMs });
        Assert.Equal(0, await page.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth"));
    }

    [Fact]
    public async Task The_keyboard_skips_to_the_content_and_walks_the_pages()
    {
        var page = await OpenAsync("/");
        await Expect(page.Headline).ToBeVisibleAsync();
        await page.Page.Keyboard.PressAsync("Tab");
        await Expect(page.Page.GetByRole(AriaRole.Link, new() { Name = "Skip to the content" })).ToBeFocusedAsync();
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(page.Main).ToBeFocusedAsync();

        var datasets = page.Page.GetByRole(AriaRole.Link, new() { Name = "Datasets", Exact = true });
        await datasets.FocusAsync();
        var outline = await datasets.EvaluateAsync<string>("element => getComputedStyle(element).outlineStyle");
        Assert.Equal("solid", outline);
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(page.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Datasets");
        await Expect(datasets).ToHaveAttributeAsync("aria-current", "page");
        await Expect(page.Main).ToBeFocusedAsync();
    }

    [Fact]
    public async Task Colours_can_be_chosen_and_are_remembered()
    {
        var page = await OpenAsync("/", scheme: ColorScheme.Light);
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Use dark colours" }).ClickAsync();
        await Expect(page.Page.Locator("html")).ToHaveAttributeAsync("data-mantine-color-scheme", "dark");
        await page.Page.ReloadAsync();
        await Expect(page.Page.Locator("html")).ToHaveAttributeAsync("data-mantine-color-scheme", "dark");
    }

    [Fact]
    public async Task Nothing_moves_for_those_who_asked_for_no_motion()
    {
        var page = await OpenAsync("/", motion: ReducedMotion.Reduce);
        var animation = await page.LiveIndicator.Locator(".live-dot").EvaluateAsync<string>("element => getComputedStyle(element).animationName");
        Assert.Equal("none", animation);
    }

    /// <summary>Something of everything on the pages.</summary>
    private void Show()
    {
        Api.Set("/health", FakeArchive.Health(10, degraded: 1, lost: 1, missing: 4));
        Api.SetList("/nodes", FakeArchive.Node(1), FakeArchive.Node(2, "unreachable", "no answer to 3 probes"), FakeArchive.Node(3, "presumed-lost"));
        Api.SetList("/repairs", FakeArchive.Repair(1, "moving", 400_000), FakeArchive.Repair(2, "waiting", 0));
        Api.SetList("/incidents", FakeArchive.Incident(1, healed: false), FakeArchive.Incident(2, healed: true));
        Api.SetList("/datasets", FakeArchive.Summary(1, "degraded", 2), FakeArchive.Summary(2), FakeArchive.Summary(3, "lost", 0));
    }
}
