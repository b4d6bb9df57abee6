namespace Etdb.Ledger.Tests.Flo;

public sealed class DifficultyTests
{
    private const uint Bits = 0x1d00ffff;

    private static FloBlockHeader At(int height, uint spacing, uint bits = Bits) => new(1, Hash256.Zero, Hash256.Zero, 1_400_000_000 + ((uint)height * spacing), bits, 0);

    [Theory]
    [InlineData(89, false)]
    [InlineData(90, true)]
    [InlineData(208_439, false)]
    [InlineData(208_440, true)]
    [InlineData(208_441, false)]
    [InlineData(425_999, false)]
    [InlineData(426_000, true)]
    [InlineData(426_001, true)]
    public void Each_rule_retargets_at_its_own_heights(int height, bool changes)
    {
        var bits = DifficultySchedule.RequiredBits(height, 0, h => At(h, spacing: 39), FloNetwork.Main);
        Assert.Equal(changes, bits != Bits);
    }

    [Theory]
    [InlineData(10, 235)]
    [InlineData(400, 247)]
    public void Third_rule_clamps_to_98_and_103_percent(uint spacing, int seconds)
    {
        var expected = DifficultyRule.V3.Next(Bits, (uint)seconds, 0, FloNetwork.Main.PowLimit);
        Assert.Equal(expected, DifficultySchedule.RequiredBits(500_000, 0, h => At(h, spacing), FloNetwork.Main));
    }

    [Fact]
    public void First_retarget_measures_one_interval_less()
    {
        Assert.Equal(0, DifficultyRule.V1.FirstHeight(90));
        Assert.Equal(89, DifficultyRule.V1.FirstHeight(180));
        Assert.Equal(499_993, DifficultyRule.V3.FirstHeight(500_000));
    }

    [Fact]
    public void Test_network_falls_to_the_limit_after_a_gap_between_retargets_only()
    {
        var limit = CompactTarget.Encode(FloNetwork.Test.PowLimit);
        Assert.Equal(limit, DifficultySchedule.RequiredBits(101, At(100, 40).Time + 81, h => At(h, 40), FloNetwork.Test));
        Assert.Equal(Bits, DifficultySchedule.RequiredBits(101, At(100, 40).Time + 80, h => At(h, 40, h == 100 ? limit : Bits), FloNetwork.Test));
        Assert.NotEqual(limit, DifficultySchedule.RequiredBits(70_000, At(69_999, 40).Time + 1000, h => At(h, 40), FloNetwork.Test));
        Assert.Equal(Bits, DifficultySchedule.RequiredBits(101, At(100, 40).Time + 81, h => At(h, 40), FloNetwork.Main));
    }

    [Theory]
    [InlineData(0x00000000u)]
    [InlineData(0x1d800001u)]
    [InlineData(0x23000001u)]
    [InlineData(0xff123456u)]
    [InlineData(0x01003456u)]
    public void Bits_that_are_no_target_are_none(uint bits)
    {
        Assert.Null(CompactTarget.Decode(bits));
        Assert.Equal(default, CompactTarget.Work(bits));
    }

    [Fact]
    public void Targets_round_trip_through_their_compact_form()
    {
        foreach (var bits in new uint[] { 0x1d00ffff, 0x1e0ffff0, 0x207fffff, 0x1b04864c, 0x03123456, 0x02008000 })
        {
            Assert.Equal(bits, CompactTarget.Encode(CompactTarget.Decode(bits)!.Value));
        }
    }
}
