using Microsoft.Playwright;

namespace Etdb.Browser.Tests.Support;

/// <summary>A fake API with the real dashboard, and pages of it. After each test nothing the browser complained about may be left.</summary>
public abstract class BrowserTest(Chromium chromium) : IAsyncLifetime
{
    private readonly List<WatchedPage> _pages = [];

    private protected FakeApi Api { get; private set; } = null!;

    protected virtual bool IsDemo => false;

    public async ValueTask InitializeAsync() => Api = await FakeApi.StartAsync(IsDemo);

    private protected async Task<WatchedPage> OpenAsync(string path, int width = 1280, ColorScheme scheme = ColorScheme.Light, ReducedMotion motion = ReducedMotion.NoPreference)
    {
        var page = await chromium.OpenAsync(Api.Root, width, scheme: scheme, motion: motion);
        _pages.Add(page);
        await page.GoAsync(path);
        return page;
    }

    private protected static ILocatorAssertions Expect(ILocator locator) => Assertions.Expect(locator);

    public async ValueTask DisposeAsync()
    {
        foreach (var page in _pages)
        {
            await page.DisposeAsync();
        }

        await Api.DisposeAsync();
        Assert.Empty(_pages.SelectMany(page => page.Complaints));
        GC.SuppressFinalize(this);
    }
}
