namespace Etdb.Integration.Tests.Security;

/// <summary>A silo where nobody is anything without a token, shared by the tests of a class.</summary>
public sealed class TokenSilo : IAsyncLifetime
{
    /// <summary>The silo.</summary>
    public SiloUnderTest Silo { get; private set; } = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => Silo = await SiloUnderTest.StartAsync(o =>
    {
        o.Security.Access.Authentication = "tokens";
        o.Security.Access.PublicReading = false;
        (o.Security.Access.WritesPerMinute, o.Security.Access.SignInsPerMinute) = (100_000, 10_000);
    });

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Silo.DisposeAsync();
}
