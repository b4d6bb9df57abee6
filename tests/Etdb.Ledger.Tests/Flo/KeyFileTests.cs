using System.Security.Cryptography;

namespace Etdb.Ledger.Tests.Flo;

public sealed class KeyFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("etdb-key").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Key_comes_back_only_with_its_passphrase_and_is_private()
    {
        var path = Path.Combine(_folder, "lab.key");
        using var key = FloKey.Generate();
        await KeyFile.CreateAsync(path, key, FloNetwork.Main, "correct horse", CancellationToken.None);

        var (opened, network) = await KeyFile.OpenAsync(path, "correct horse", CancellationToken.None);
        Assert.Equal(key.PublicKey, opened.PublicKey);
        Assert.Same(FloNetwork.Main, network);
        Assert.Equal((key.Address(network).Text, "main"), await KeyFile.InspectAsync(path, CancellationToken.None));
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(path) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
        await Assert.ThrowsAsync<CryptographicException>(() => KeyFile.OpenAsync(path, "wrong horse", CancellationToken.None));
        await Assert.ThrowsAsync<IOException>(() => KeyFile.CreateAsync(path, key, FloNetwork.Main, "other", CancellationToken.None));
        Assert.DoesNotContain(key.ToWif(network), await File.ReadAllTextAsync(path, CancellationToken.None), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"network\": \"main\"", "\"network\": \"test\"")]
    [InlineData("\"n\": 32768", "\"n\": 16384")]
    public async Task Changed_parameters_are_noticed(string from, string to)
    {
        var path = Path.Combine(_folder, "lab.key");
        using var key = FloKey.Generate();
        await KeyFile.CreateAsync(path, key, FloNetwork.Main, "x", CancellationToken.None);
        var text = await File.ReadAllTextAsync(path, CancellationToken.None);
        Assert.Contains(from, text, StringComparison.Ordinal);
        await File.WriteAllTextAsync(path, text.Replace(from, to, StringComparison.Ordinal), CancellationToken.None);
        await Assert.ThrowsAsync<CryptographicException>(() => KeyFile.OpenAsync(path, "x", CancellationToken.None));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("[1")]
    [InlineData("{\"version\":1,\"n\":1073741824}")]
    public async Task Other_files_are_a_format_error(string text)
    {
        var path = Path.Combine(_folder, "lab.key");
        await File.WriteAllTextAsync(path, text, CancellationToken.None);
        await Assert.ThrowsAsync<FormatException>(() => KeyFile.OpenAsync(path, "x", CancellationToken.None));
    }
}
