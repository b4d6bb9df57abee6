using System.Text.Json.Nodes;
using Etdb.Browser.Tests.Support;
using Microsoft.Playwright;

namespace Etdb.Browser.Tests.Pages;

/// <summary>"Break something" against the fake: asks first, works by keyboard, shows what the server says.</summary>
public sealed class DemoPageTests(Chromium chromium) : BrowserTest(chromium)
{
    protected override bool IsDemo => true;

    [Fact]
    public async Task Breaking_asks_first_and_works_by_keyboard_alone()
    {
        var page = await OpenAsync("/demo");
        var button = page.Page.Locator("[data-node=n1] [data-action=delete-disk]");
        await button.FocusAsync();
        await page.Page.Keyboard.PressAsync("Enter");
        var dialog = page.Page.GetByRole(AriaRole.Dialog);
        await Expect(dialog).ToContainTextAsync("Delete the disk of n1?");
        await Expect(dialog).ToContainTextAsync("It holds 12 copies now.");
        await page.Page.Keyboard.PressAsync("Escape");
        await Expect(dialog).ToHaveCountAsync(0);
        await Expect(button).ToBeFocusedAsync();
        Assert.Empty(Api.Breaks);

        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(dialog).ToBeVisibleAsync();
        await page.Page.GetByTestId("confirm-break").FocusAsync();
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(page.Page.GetByTestId("demo-said")).ToHaveTextAsync("The disk of n1 was deleted.");
        await Expect(dialog).ToHaveCountAsync(0);
        Assert.Equal("""{"kind":"delete-disk","node":"n1"}""", Assert.Single(Api.Breaks));
    }

    [Fact]
    public async Task A_refusal_is_shown_in_the_dialog()
    {
        Api.Fail("/demo/break", 409);
        var page = await OpenAsync("/demo");
        await page.Page.Locator("[data-node=n1] [data-action=stop-node]").ClickAsync();
        await page.Page.GetByTestId("confirm-break").ClickAsync();
        await Expect(page.Page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("try again in a moment");
    }

    [Fact]
    public async Task The_step_the_server_announces_is_shown()
    {
        var page = await OpenAsync("/demo");
        Api.Publish("demo", new JsonObject { ["step"] = "detect", ["text"] = "7 copies on n1 are gone." });
        await Expect(page.Page.GetByTestId("demo-steps")).ToHaveAttributeAsync("data-step", "detect");
        await Expect(page.Page.GetByTestId("demo-steps").Locator("[aria-current=step]")).ToContainTextAsync("Notice");
        await Expect(page.Main).ToContainTextAsync("7 copies on n1 are gone.");
        await Expect(page.Page.Locator("[data-node=n2]")).ToContainTextAsync("You stopped this node.");
        await Expect(page.Page.Locator("[data-node=n2] [data-action]")).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task A_server_that_is_no_demo_offers_nothing_to_break()
    {
        Api.Set("/demo", new JsonObject { ["enabled"] = false, ["nodes"] = new JsonArray() });
        var page = await OpenAsync("/demo");
        await Expect(page.Main).ToContainTextAsync("nothing can be broken here");
        await Expect(page.Page.GetByRole(AriaRole.Link, new() { Name = "Break something" })).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Who_may_not_break_anything_sees_no_controls_and_where_to_sign_in()
    {
        Api.Set("/session", new JsonObject
        {
            ["name"] = "anonymous", ["kind"] = "anonymous", ["grants"] = new JsonArray("viewer"), ["roles"] = new JsonArray("viewer"), ["expiresAt"] = null, ["tokensNeeded"] = true,
        });
        var page = await OpenAsync("/demo");
        await Expect(page.Page.GetByText("To break something you have to be admin")).ToBeVisibleAsync();
        await Expect(page.Page.Locator("[data-action]")).ToHaveCountAsync(0);
        await page.Page.Locator("a.signed-in").ClickAsync();
        await Expect(page.Page.GetByLabel("Token", new() { Exact = true })).ToBeVisibleAsync();
    }
}
