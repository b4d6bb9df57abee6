using Etdb.Ipfs.Cids;

namespace Etdb.Ipfs.Tests.Cids;

public sealed class CidTests
{
    // multiformats/cid README and kubo test/cli/add_test.go.
    [Theory]
    [InlineData("QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG", 0, Multicodec.DagPb)]
    [InlineData("Qmf412jQZiuVUtdgnB36FXFX7xg5V6KEbSJ4dpQuhkLyfD", 0, Multicodec.DagPb)]
    [InlineData("bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e", 1, Multicodec.Raw)]
    [InlineData("bafybeihykld7uyxzogax6vgyvag42y7464eywpf55gxi5qpoisibh3c5wa", 1, Multicodec.DagPb)]
    [InlineData("bafkrgqbqt3gerhas23vuzrapkdeqf4vu2dwxp3srdj6hvg6nhsug2tgyn6mj3u23yx7utftq3i2ckw2fwdh5qmhid5qf3t35yvkc5e5ottlw6", 1, Multicodec.Raw)]
    public void Parse_reads_and_ToString_writes_the_canonical_text(string text, int version, ulong codec)
    {
        var cid = Cid.Parse(text);
        Assert.Equal(version, cid.Version);
        Assert.Equal(codec, cid.Codec);
        Assert.Equal(text, cid.ToString());
        Assert.Equal(cid, Cid.Decode(cid.Bytes));
    }

    [Fact]
    public void Other_bases_name_the_same_cid()
    {
        var cid = Cid.Parse("bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e");
        foreach (var encoding in Enum.GetValues<MultibaseEncoding>())
        {
            Assert.Equal(cid, Cid.Parse(cid.ToString(encoding)));
        }
    }

    [Fact]
    public void The_two_versions_share_the_multihash()
    {
        var v0 = Cid.Parse("QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG");
        var v1 = v0.ToV1();
        Assert.Equal("bafybeie5nqv6kd3qnfjupgvz34woh3oksc3iau6abmyajn7qvtf6d2ho34", v1.ToString());
        Assert.Equal(v0.Hash, v1.Hash);
        Assert.NotEqual(v0, v1);
        Assert.True(v1.TryToV0(out var back));
        Assert.Equal(v0, back);
    }

    [Fact]
    public void Check_tells_match_mismatch_and_unsupported_apart()
    {
        Assert.Equal(HashCheck.Match, Cid.Of("hello world"u8, Multicodec.Raw, 1).Check("hello world"u8));
        Assert.Equal(HashCheck.Mismatch, Cid.Of("hello world"u8, Multicodec.Raw, 1).Check("hello worlD"u8));
        var sha512 = Cid.Parse("bafkrgqbqt3gerhas23vuzrapkdeqf4vu2dwxp3srdj6hvg6nhsug2tgyn6mj3u23yx7utftq3i2ckw2fwdh5qmhid5qf3t35yvkc5e5ottlw6");
        Assert.Equal(HashCheck.Unsupported, sha512.Check("hello world"u8));
        var identity = Cid.Identity(Multicodec.Raw, "hi"u8);
        Assert.True(identity.IsIdentity);
        Assert.Equal(HashCheck.Match, identity.Check("hi"u8));
        Assert.Equal(HashCheck.Mismatch, identity.Check("ho"u8));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Q")]
    [InlineData("QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbd0")]
    [InlineData("QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbd")]
    [InlineData("zQmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG")]
    [InlineData("bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5")]
    [InlineData("bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5f")]
    [InlineData("bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5eaa")]
    [InlineData("!afkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e")]
    [InlineData("f0155122000")]
    [InlineData("f02551220e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("f01551210e3b0c44298fc1c149afbf4c8996fb924")]
    [InlineData("f0155008101")]
    public void Parse_refuses_what_is_no_cid(string text)
    {
        Assert.False(Cid.TryParse(text, out _, out var problem));
        Assert.NotEmpty(problem);
        Assert.Throws<FormatException>(() => Cid.Parse(text));
    }

    [Fact]
    public void An_identity_bomb_is_refused_when_read_and_when_made()
    {
        byte[] bomb = [1, 0x55, 0, 0x81, 0x01, .. new byte[129]];
        Assert.False(Cid.TryRead(bomb, out _, out _, out var problem));
        Assert.Contains("129", problem);
        Assert.Throws<ArgumentException>(() => Cid.Identity(Multicodec.Raw, new byte[129]));
    }
}
