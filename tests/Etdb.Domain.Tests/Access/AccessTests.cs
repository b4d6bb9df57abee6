using Etdb.Domain.Access;
using FsCheck;
using FsCheck.Fluent;

namespace Etdb.Domain.Tests.Access;

/// <summary>Who may what, and what a token looks like.</summary>
public sealed class AccessTests
{
    [Theory]
    [InlineData("admin")]
    [InlineData("auditor")]
    [InlineData("viewer")]
    [InlineData("publisher:FPkvwEHjddvva2smpYwQ4trgudwFcrXJ1X")]
    [InlineData("member-operator:leiden-2")]
    public void Grants_are_read_as_they_are_written(string text)
    {
        Assert.True(Grant.TryParse(text, out var grant, out _));
        Assert.Equal(text, grant.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("root")]
    [InlineData("Admin")]
    [InlineData("admin:m1")]
    [InlineData("publisher")]
    [InlineData("publisher:")]
    [InlineData("member-operator:*")]
    [InlineData("member-operator:m1:m2")]
    [InlineData("member-operator:a b")]
    public void Grants_that_mean_nothing_are_refused_with_a_reason(string? text)
    {
        Assert.False(Grant.TryParse(text, out _, out var problem));
        Assert.NotEmpty(problem);
    }

    [Theory]
    [InlineData("admin", Role.Admin, null, true)]
    [InlineData("admin", Role.MemberOperator, "m1", true)]
    [InlineData("admin", Role.Publisher, null, true)]
    [InlineData("auditor", Role.Viewer, null, true)]
    [InlineData("auditor", Role.Auditor, null, true)]
    [InlineData("auditor", Role.Admin, null, false)]
    [InlineData("auditor", Role.MemberOperator, "m1", false)]
    [InlineData("viewer", Role.Viewer, null, true)]
    [InlineData("viewer", Role.Auditor, null, false)]
    [InlineData("member-operator:m1", Role.MemberOperator, "m1", true)]
    [InlineData("member-operator:m1", Role.MemberOperator, "m2", false)]
    [InlineData("member-operator:m1", Role.MemberOperator, null, false)]
    [InlineData("member-operator:m1", Role.Publisher, "m1", false)]
    [InlineData("member-operator:m1", Role.Auditor, null, false)]
    [InlineData("publisher:F1", Role.Publisher, "F1", true)]
    [InlineData("publisher:F1", Role.Publisher, "F2", false)]
    [InlineData("publisher:F1", Role.Admin, null, false)]
    [InlineData("publisher:F1", Role.Viewer, null, true)]
    public void A_role_opens_what_it_is_for(string held, Role needed, string? resource, bool opens)
    {
        Assert.True(Grant.TryParse(held, out var grant, out _));
        Assert.Equal(opens, AccessRules.Allows([grant], needed, resource));
    }

    [Fact]
    public void Nothing_opens_nothing() => Assert.All(Enum.GetValues<Role>(), role => Assert.False(AccessRules.Allows([], role, "x")));

    [Fact]
    public void Only_the_admin_and_the_same_role_for_the_same_thing_open_a_door()
    {
        var grants = Gen.Elements("admin", "auditor", "viewer", "publisher:a", "publisher:b", "member-operator:a", "member-operator:b").ListOf();
        var needed = from g in grants from r in Gen.Elements(Enum.GetValues<Role>()) from x in Gen.Elements("a", "b") select (g, r, x);
        Check.One(Config.QuickThrowOnFailure, Prop.ForAll(needed.ToArbitrary(), c =>
        {
            var held = c.g.Select(t => Grant.TryParse(t, out var grant, out _) ? grant : throw new InvalidOperationException(t)).ToList();
            var expected = c.g.Contains("admin") || (c.r == Role.Viewer && c.g.Count > 0)
                || c.g.Contains(Grant.NeedsScope(c.r) ? $"{Grant.Words[(int)c.r]}:{c.x}" : Grant.Words[(int)c.r]);
            return AccessRules.Allows(held, c.r, c.x) == expected;
        }));
    }

    [Fact]
    public void A_token_is_read_as_it_was_made_and_shows_no_secret_by_accident()
    {
        var bytes = Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf(TokenText.EntropyBytes);
        Check.One(Config.QuickThrowOnFailure, Prop.ForAll(bytes.ToArbitrary(), entropy =>
        {
            var token = TokenText.FromEntropy(entropy);
            return TokenText.TryParse(token.Reveal(), out var read) && read == token && !token.ToString().Contains(token.Secret, StringComparison.Ordinal)
                && token.Hash.Length == 64 && token.Hash != token.Secret && TokenText.SameHash(token.Hash, read.Hash);
        }));
    }

    [Fact]
    public void What_is_not_exactly_a_token_is_none()
    {
        var good = TokenText.FromEntropy(new byte[TokenText.EntropyBytes]).Reveal();
        Assert.True(TokenText.TryParse(good, out _));
        Assert.All(
            new[]
            {
                null, "", "etdb_", good[1..], good + "0", good.ToUpperInvariant(),
                good.Replace("etdb_0", "etdb_g", StringComparison.Ordinal), good[..^1] + "é", good.Replace("0_0", "000", StringComparison.Ordinal),
            },
            text => Assert.False(TokenText.TryParse(text, out _)));
    }
}
