using System.Text.Json.Nodes;
using Etdb.Browser.Tests.Support;
using Microsoft.Playwright;

namespace Etdb.Browser.Tests.Pages;

/// <summary>Search, filters, paging and the rows of the list of datasets.</summary>
public sealed class DatasetsPageTests(Chromium chromium) : BrowserTest(chromium)
{
    private const int Million = 1_000_000;

    [Fact]
    public async Task List_shows_state_copies_size_and_what_is_simulated()
    {
        var page = await OpenAsync("/datasets");
        var row = page.Page.Locator($"[data-dataset='{FakeArchive.Id(2)}']");
        await Expect(row).ToContainTextAsync("Flagellar motor 2");
        await Expect(row).ToContainTextAsync("Healthy");
        await Expect(row).ToContainTextAsync("3 of 3");
        await Expect(row).ToContainTextAsync("1.05\u00a0MB");
        await Expect(row).ToContainTextAsync("simulated");
        await Expect(page.Page.Locator($"[data-dataset='{FakeArchive.Id(1)}']")).Not.ToContainTextAsync("simulated");
    }

    [Fact]
    public async Task Search_filters_and_order_reach_the_server_and_the_address()
    {
        var page = await OpenAsync("/datasets");
        await page.Page.GetByRole(AriaRole.Searchbox, new() { Name = "Search" }).FillAsync("motor 1");
        await page.WaitForAddressAsync(url => url.Contains("q=motor", StringComparison.Ordinal));
        await page.Page.GetByLabel("State").SelectOptionAsync("degraded");
        await page.Page.GetByLabel("Member").SelectOptionAsync("m2");
        await page.Page.GetByLabel("Node").SelectOptionAsync("n2");
        await page.Page.GetByLabel("Order").SelectOptionAsync("risk");
        await page.WaitForAddressAsync(url => url.Contains("state=degraded&member=m2&node=n2&sort=risk", StringComparison.Ordinal));
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Demo Lab" }).First.ClickAsync();
        await page.WaitForAddressAsync(url => url.Contains("publisher=FLabAddress", StringComparison.Ordinal));

        await page.Page.GetByText("2 datasets").WaitForAsync();
        var last = Api.Searches.Last();
        foreach (var part in new[] { "q=motor+1", "state=degraded", "publisher=FLabAddress", "member=m2", "node=n2", "sort=risk", "limit=50" })
        {
            Assert.Contains(part, last, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Choices_say_how_many_they_leave_and_a_species_narrows_the_list()
    {
        var page = await OpenAsync("/datasets");
        var species = page.Page.GetByLabel("Species");
        await Expect(species.GetByRole(AriaRole.Option)).ToHaveTextAsync(["All species", "Vibrio cholerae (2)", "Caulobacter (1)"]);
        await Expect(page.Page.GetByLabel("State")).ToContainTextAsync("Healthy (2)");
        await Expect(page.Page.GetByLabel("State")).Not.ToContainTextAsync("Not retrievable (");
        await species.SelectOptionAsync("Caulobacter");
        await page.WaitForAddressAsync(url => url.EndsWith("/datasets?species=Caulobacter", StringComparison.Ordinal));
        await page.Page.GetByText("2 datasets").WaitForAsync();
        Assert.Contains("species=Caulobacter", Api.Searches.Last(), StringComparison.Ordinal);

        // What is chosen by its address stays to be seen, though nothing that was found has it.
        page = await OpenAsync("/datasets?species=Unicorn");
        await Expect(page.Page.GetByLabel("Species")).ToHaveValueAsync("Unicorn");
    }

    [Fact]
    public async Task A_million_datasets_are_walked_page_by_page_and_back()
    {
        Api.Set("/datasets", PageOf(1, "second"));
        var page = await OpenAsync("/datasets");
        await Expect(page.Main).ToContainTextAsync("1 to 50 of 1,000,000 datasets");
        await Expect(page.Page.Locator("[data-dataset]")).ToHaveCountAsync(50);

        Api.Set("/datasets", PageOf(51, "third"));
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Next" }).ClickAsync();
        await Expect(page.Main).ToContainTextAsync("51 to 100 of 1,000,000 datasets");
        await page.WaitForAddressAsync(url => url.Contains("cursor=second", StringComparison.Ordinal));
        await Expect(page.Main).ToContainTextAsync("Page 2");

        Api.Set("/datasets", PageOf(1, "second"));
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Previous" }).ClickAsync();
        await Expect(page.Main).ToContainTextAsync("1 to 50 of 1,000,000 datasets");
        await page.Page.GoBackAsync();
        await Expect(page.Main).ToContainTextAsync("Page 2");
    }

    [Fact]
    public async Task Rows_change_with_the_feed_and_keep_what_an_event_leaves_out()
    {
        var page = await OpenAsync("/datasets");
        var row = page.Page.Locator($"[data-dataset='{FakeArchive.Id(1)}']");
        await Expect(row).ToHaveAttributeAsync("data-state", "healthy");
        var changed = FakeArchive.Summary(1, "degraded", 2);
        changed["publisherAlias"] = null;
        Api.SetList("/datasets", FakeArchive.Summary(1, "degraded", 2), FakeArchive.Summary(2));
        Api.Publish("dataset", changed);
        await Expect(row).ToHaveAttributeAsync("data-state", "degraded");
        await Expect(row).ToContainTextAsync("2 of 3");
        await Expect(row).ToContainTextAsync("Demo Lab");
    }

    [Fact]
    public async Task Nothing_found_offers_to_show_all()
    {
        Api.SetSearch("/datasets", "unicorn");
        var page = await OpenAsync("/datasets?q=unicorn&state=lost");
        await Expect(page.Main).ToContainTextAsync("No dataset matches.");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Show all" }).ClickAsync();
        await Expect(page.Main).ToContainTextAsync("Flagellar motor 1");
        await page.WaitForAddressAsync(url => url.EndsWith("/datasets", StringComparison.Ordinal));
    }

    private static JsonObject PageOf(int first, string next) => new()
    {
        ["items"] = new JsonArray([.. Enumerable.Range(first, 50).Select(i => FakeArchive.Summary(i))]), ["next"] = next, ["total"] = Million,
    };
}
