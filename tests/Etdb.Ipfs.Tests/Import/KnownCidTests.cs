using System.Text;
using Etdb.Ipfs.Dag;
using Etdb.Ipfs.Import;
using Etdb.Ipfs.UnixFs;

namespace Etdb.Ipfs.Tests.Import;

/// <summary>CIDs that Kubo publishes for its profiles (test/cli/add_test.go, cid_profiles_test.go) and that everyone knows.</summary>
public sealed class KnownCidTests
{
    [Theory]
    [InlineData("hello world", "unixfs-v0-2015", "Qmf412jQZiuVUtdgnB36FXFX7xg5V6KEbSJ4dpQuhkLyfD")]
    [InlineData("hello world\n", "unixfs-v0-2015", "QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o")]
    [InlineData("", "unixfs-v0-2015", "QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH")]
    [InlineData("hello world", "unixfs-v1-2025", "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e")]
    [InlineData("", "unixfs-v1-2025", "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku")]
    public async Task Small_files(string text, string profile, string expected)
    {
        Assert.Equal(expected, await CidOf(Encoding.UTF8.GetBytes(text), ImportProfile.ByName(profile)!));
    }

    [Fact]
    public async Task Version_1_with_wrapped_leaves()
    {
        var profile = ImportProfile.V0Of2015 with { CidVersion = 1 };
        Assert.Equal("bafybeihykld7uyxzogax6vgyvag42y7464eywpf55gxi5qpoisibh3c5wa", await CidOf("hello world"u8.ToArray(), profile));
    }

    [Theory]
    [InlineData(44544, "QmUbBALi174SnogsUzLpYbD4xPiBSFANF4iztWCsHbMKh2")]
    [InlineData(44800, "QmepeWtdmS1hHXx1oZXsPUv6bMrfRRKfZcoPPU4eEfjnbf")]
    public async Task Files_of_174_and_175_leaves(int kibibytes, string expected)
    {
        var bytes = new byte[kibibytes << 10];
        ChaCha20.Fill(bytes, "v0-seed");
        Assert.Equal(expected, await CidOf(bytes, ImportProfile.V0Of2015));
    }

    [Fact]
    public void The_empty_directory()
    {
        var blocks = new List<Block>();
        Assert.Equal("QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn", DirectoryBuilder.Build([], ImportProfile.V0Of2015, blocks.Add).Cid.ToString());
        Assert.Equal("bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354", DirectoryBuilder.Build([], ImportProfile.V1Of2025, blocks.Add).Cid.ToString());
    }

    /// <summary>Kubo's directories exactly at the threshold (plain) and one byte above (HAMT), for both ways of measuring.</summary>
    [Theory]
    [InlineData("unixfs-v0-2015", 4096, 30, 30, false, "QmX5GtRk3TSSEHtdrykgqm4eqMEn3n2XhfkFAis5fjyZmN")]
    [InlineData("unixfs-v0-2015", 4033, 31, 31, true, "QmeMiJzmhpJAUgynAcxTQYek5PPKgdv3qEvFsdV3XpVnvP")]
    [InlineData("unixfs-v1-2025", 4766, 11, 21, false, "bafybeic3h7rwruealwxkacabdy45jivq2crwz6bufb5ljwupn36gicplx4")]
    [InlineData("unixfs-v1-2025", 4766, 11, 22, true, "bafybeiegvuterwurhdtkikfhbxcldohmxp566vpjdofhzmnhv6o4freidu")]
    public async Task Directories_at_and_above_the_threshold(string name, int files, int nameLength, int lastLength, bool sharded, string expected)
    {
        const string Alphabet = "abcdefghijklmnopqrstuvwxyz01234567890-_";
        var profile = ImportProfile.ByName(name)!;
        var store = new MemoryBlockStore();
        var leaf = await new UnixFsImporter(new ImportOptions { Profile = profile }, store).ImportStreamAsync(new MemoryStream("x"u8.ToArray()), default);
        var random = new ChaCha20("hamt-" + name);
        var children = new List<DirectoryChild>();
        for (var i = 0; i < files; i++)
        {
            var bytes = new byte[i == files - 1 ? lastLength : nameLength];
            random.Next(bytes);
            children.Add(new DirectoryChild(Array.ConvertAll(bytes, b => (byte)Alphabet[b % Alphabet.Length]), leaf.Root));
        }

        var root = DirectoryBuilder.Build(children, profile, store.Put);
        Assert.Equal(expected, root.Cid.ToString());
        var node = await UnixFsNode.LoadAsync(store, root.Cid, default);
        Assert.Equal(sharded, node.Data.Type == UnixFsType.HamtShard);

        var listed = await UnixFsReader.ListAsync(store, root.Cid, default).Select(entry => entry.Name).OrderBy(n => n, StringComparer.Ordinal).ToListAsync();
        Assert.Equal(children.Select(child => Encoding.UTF8.GetString(child.NameBytes.Span)).Order(StringComparer.Ordinal), listed);
        foreach (var child in children.Take(200))
        {
            Assert.Equal(leaf.Cid, (await UnixFsReader.ResolveAsync(store, root.Cid, Encoding.UTF8.GetString(child.NameBytes.Span), default)).Node.Cid);
        }
    }

    private static async Task<string> CidOf(byte[] bytes, ImportProfile profile)
    {
        var importer = new UnixFsImporter(new ImportOptions { Profile = profile }, null);
        var result = await importer.ImportStreamAsync(new MemoryStream(bytes), CancellationToken.None);
        Assert.Equal(bytes.Length, result.Bytes);
        return result.Cid.ToString();
    }
}
