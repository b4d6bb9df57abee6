using Microsoft.Playwright;

namespace Etdb.Browser.Tests.Support;

/// <summary>A page and what the browser complained about while it was open: script errors, refusals by the security policy.</summary>
internal sealed class WatchedPage : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly List<string> _complaints = [];

    public WatchedPage(IBrowserContext context, IPage page)
    {
        _context = context;
        Page = page;
        page.PageError += (_, message) => Add(message);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                Add(message.Text);
            }
        };
    }

    public IPage Page { get; }

    public ILocator Main => Page.Locator("main");

    public ILocator Headline => Page.GetByTestId("headline");

    public ILocator LiveIndicator => Page.GetByTestId("live-indicator");

    /// <summary>Complaints, but for those about answers that a test made fail on purpose.</summary>
    public IReadOnlyList<string> Complaints
    {
        get
        {
            lock (_complaints)
            {
                return [.. _complaints.Where(text => !text.Contains("Failed to load resource", StringComparison.Ordinal))];
            }
        }
    }

    public async Task GoAsync(string path)
    {
        await Page.GotoAsync(path);
        try
        {
            await Assertions.Expect(LiveIndicator).ToHaveAttributeAsync("data-state", "live");
        }
        catch (PlaywrightException e)
        {
            throw new InvalidOperationException($"The page {path} did not become live. The browser says: {string.Join("; ", _complaints)}. It shows: {await Page.InnerTextAsync("body")}", e);
        }
    }

    public ValueTask DisposeAsync() => _context.DisposeAsync();

    /// <summary>Waits until the address ends with or contains what is asked.</summary>
    public Task WaitForAddressAsync(Func<string, bool> expected) => Page.WaitForURLAsync(expected);

    private void Add(string complaint)
    {
        lock (_complaints)
        {
            _complaints.Add(complaint);
        }
    }
}
