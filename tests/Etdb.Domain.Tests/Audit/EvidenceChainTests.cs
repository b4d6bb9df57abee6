using System.Text;
using Etdb.Domain.Audit;
using static Etdb.Domain.Tests.World;

namespace Etdb.Domain.Tests.Audit;

public sealed class EvidenceChainTests
{
    private static readonly string[] s_leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];

    [Theory]
    [InlineData(0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData(1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")]
    [InlineData(2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125")]
    [InlineData(3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77")]
    [InlineData(4, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7")]
    [InlineData(5, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4")]
    [InlineData(6, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef")]
    [InlineData(7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c")]
    [InlineData(8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")]
    public void The_tree_agrees_with_the_certificate_transparency_vectors(int count, string root) =>
        Assert.Equal(root, Convert.ToHexStringLower(MerkleTree.Root([.. s_leaves.Take(count).Select(Convert.FromHexString)])));

    [Fact]
    public void Every_leaf_proves_itself_and_nothing_else()
    {
        for (var count = 1; count <= 20; count++)
        {
            var leaves = Enumerable.Range(0, count).Select(i => Encoding.ASCII.GetBytes($"leaf {i}")).ToList();
            var root = MerkleTree.Root(leaves);
            for (var i = 0; i < count; i++)
            {
                var path = MerkleTree.Proof(leaves, i);
                Assert.True(MerkleTree.Verify(leaves[i], i, count, path, root));
                Assert.False(MerkleTree.Verify("other"u8, i, count, path, root));
                Assert.False(MerkleTree.Verify(leaves[i], i, count, [.. path, root], root));
                Assert.False(count > 1 && MerkleTree.Verify(leaves[i], (i + 1) % count, count, path, root));
            }
        }
    }

    [Fact]
    public void An_untouched_log_verifies_from_any_point()
    {
        var log = Log(50);
        Assert.Equal(new EvidenceVerdict(true, 50, null, null), EvidenceChain.Verify(EvidenceChain.Empty, log));
        Assert.True(EvidenceChain.Verify(EvidenceChain.HeadOf(log[19]), log.Skip(20)).Valid);
    }

    [Fact]
    public void Any_change_of_any_field_is_found_where_it_was_made()
    {
        var log = Log(9);
        var draft = log[4].Draft;
        EvidenceDraft[] forged =
        [
            draft with { At = draft.At.AddMilliseconds(1) }, draft with { Kind = EvidenceKind.Override }, draft with { Dataset = "x" }, draft with { Node = "x" },
            draft with { Outcome = "x" }, draft with { Depth = 9 }, draft with { Blocks = 9 }, draft with { Author = "x" }, draft with { Detail = "x" },
            draft with { Dataset = draft.Dataset + draft.Node, Node = string.Empty },
        ];
        foreach (var forgery in forged)
        {
            var tampered = log.ToList();
            tampered[4] = log[4] with { Draft = forgery };
            Assert.Equal(5, EvidenceChain.Verify(EvidenceChain.Empty, tampered).BrokenAt);
        }
    }

    [Fact]
    public void Removing_swapping_and_rehashing_are_found()
    {
        var log = Log(9);
        Assert.False(EvidenceChain.Verify(EvidenceChain.Empty, log.Where((_, i) => i != 3)).Valid);
        Assert.False(EvidenceChain.Verify(EvidenceChain.Empty, log.Skip(1)).Valid);
        (log[2], log[3]) = (log[3], log[2]);
        Assert.Equal(4, EvidenceChain.Verify(EvidenceChain.Empty, log).BrokenAt);

        var forged = Log(9);
        forged[4] = EvidenceChain.Append(EvidenceChain.HeadOf(forged[3]), forged[4].Draft with { Outcome = "missing" });
        Assert.Equal(6, EvidenceChain.Verify(EvidenceChain.Empty, forged).BrokenAt);
    }

    [Fact]
    public void A_day_matches_its_anchored_root_only_as_it_was()
    {
        var log = Log(30);
        var anchored = EvidenceChain.Day(new DateOnly(2026, 6, 1), log);
        Assert.Equal(64, anchored.Root.Length);
        Assert.True(EvidenceChain.Matches(anchored, log));
        Assert.False(EvidenceChain.Matches(anchored, [.. log.Take(29)]));
        log[7] = EvidenceChain.Append(EvidenceChain.HeadOf(log[6]), log[7].Draft with { Outcome = "missing" });
        Assert.False(EvidenceChain.Matches(anchored, log));
    }

    [Fact]
    public void A_text_above_the_limit_is_refused() =>
        Assert.Throws<ArgumentException>(() => EvidenceChain.Append(EvidenceChain.Empty, Draft(1) with { Detail = new string('x', EvidenceChain.TextMaximum + 1) }));

    private static List<EvidenceEntry> Log(int count)
    {
        var head = EvidenceChain.Empty;
        var log = new List<EvidenceEntry>();
        for (var i = 0; i < count; i++)
        {
            log.Add(EvidenceChain.Append(head, Draft(i)));
            head = EvidenceChain.HeadOf(log[^1]);
        }

        return log;
    }

    private static EvidenceDraft Draft(int i) => new(Now.AddMinutes(i), EvidenceKind.Audit, new string('a', 64), $"n{i % 3}", "passed", 2, 30, "cluster", string.Empty);
}
