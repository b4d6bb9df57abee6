using Etdb.Browser.Tests.Support;
using Microsoft.Playwright;

namespace Etdb.Browser.Tests.Pages;

/// <summary>One dataset's page: record, copies with reasons, story, files, citation.</summary>
public sealed class DatasetPageTests(Chromium chromium) : BrowserTest(chromium)
{
    private static readonly string Address = $"/datasets/{FakeArchive.Id(1)}";

    [Fact]
    public async Task Dataset_shows_copies_with_reasons_files_proofs_and_story()
    {
        var page = await OpenAsync(Address);
        await Expect(page.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Flagellar motor 1");
        await Expect(page.Page.GetByTestId("why")).ToContainTextAsync("It has 2 verified copies; 3 are wanted.");
        var lost = page.Page.GetByTestId("replicas").Locator("[data-node=n3]");
        await Expect(lost).ToContainTextAsync("Missing");
        await Expect(lost).ToContainTextAsync("The node does not list it any more.");
        await Expect(lost).ToContainTextAsync("University Library 3");
        await Expect(page.Page.GetByRole(AriaRole.Link, new() { Name = "reconstruction.mrc" })).ToHaveAttributeAsync("href", "/ipfs/QmRoot/reconstruction.mrc");
        await Expect(page.Main).ToContainTextAsync("Author proven");
        await Expect(page.Main).ToContainTextAsync("Content not proven yet");
        await Expect(page.Page.GetByTestId("story")).ToContainTextAsync("the copy on n3 is gone");
        await Expect(page.Main).ToContainTextAsync("22 Nov 2026, 10:00:00 UTC");
    }

    [Fact]
    public async Task Dataset_is_read_again_when_its_story_goes_on()
    {
        var page = await OpenAsync(Address);
        await Expect(page.Page.GetByTestId("story")).ToContainTextAsync("the copy on n3 is gone");
        Api.SetList($"{Address}/story", FakeArchive.Story("copied again to n3 and verified"), FakeArchive.Story("the copy on n3 is gone"));
        Api.Set($"{Address}/why", FakeArchive.Why(1, "It has 3 verified copies, as many as wanted."));
        var story = FakeArchive.Story("copied again to n3 and verified");
        story["dataset"] = FakeArchive.Id(1);
        story["title"] = null;
        Api.Publish("story", story);
        await Expect(page.Page.GetByTestId("story")).ToContainTextAsync("copied again to n3 and verified");
        await Expect(page.Page.GetByTestId("why")).ToContainTextAsync("as many as wanted");
    }

    [Fact]
    public async Task Citation_is_copied_whole()
    {
        var page = await OpenAsync(Address);
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Copy citation" }).ClickAsync();
        await Expect(page.Page.GetByRole(AriaRole.Button, new() { Name = "Copied" })).ToBeVisibleAsync();
        var copied = await page.Page.EvaluateAsync<string>("() => navigator.clipboard.readText()");
        Assert.Equal($"Demo Lab (2026). Flagellar motor 1. Electron Tomography Database. OIP record {FakeArchive.Id(1)}; ipfs://QmRoot", copied);
    }

    [Fact]
    public async Task A_dataset_the_ledger_does_not_name_is_said_to_be_unknown()
    {
        var page = await OpenAsync($"/datasets/{FakeArchive.Id(99)}");
        await Expect(page.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("No such dataset");
    }

    [Fact]
    public async Task A_broken_answer_is_shown_as_such_not_as_a_missing_dataset()
    {
        Api.Fail(Address, 500);
        var page = await OpenAsync(Address);
        await Expect(page.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Could not read the dataset: The catalogue is away");
    }
}
