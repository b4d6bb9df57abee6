using System.Text;
using Etdb.Domain.Common;
using FsCheck;
using FsCheck.Fluent;

namespace Etdb.Domain.Tests.Common;

/// <summary>Which shard a dataset belongs to and on which page a row lies hang on these figures: they are the same in every version.</summary>
public sealed class HashingTests
{
    [Theory]
    [InlineData("")]
    [InlineData("deadbeef")]
    [InlineData("na\u00efve \u03c9 \ud83d\ude00")]
    public void A_text_hashes_by_its_bytes(string text) => Assert.Equal(Plain(text), Hashing.Of(text));

    [Fact]
    public void Any_text_hashes_by_its_bytes() =>
        Check.One(Config.QuickThrowOnFailure, Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), t => Hashing.Of(t.Get) == Plain(t.Get)));

    /// <summary>FNV-1a (Fowler, Noll, Vo) over UTF-8, mixed.</summary>
    private static ulong Plain(string text) => Hashing.Mix(Encoding.UTF8.GetBytes(text).Aggregate(14695981039346656037UL, static (hash, b) => (hash ^ b) * 1099511628211UL));
}
