namespace Etdb.Domain.Tests.Audit;

public sealed class SamplingMathTests
{
    [Theory]
    [InlineData(0.50, 4, 5, 7, 10)]
    [InlineData(0.10, 22, 29, 44, 66)]
    [InlineData(0.05, 45, 59, 90, 135)]
    [InlineData(0.01, 230, 299, 459, 688)]
    [InlineData(0.001, 2302, 2995, 4603, 6905)]
    public void Sample_sizes_agree_with_the_published_table(double bad, long at90, long at95, long at99, long at999)
    {
        Assert.Equal([at90, at95, at99, at999], new[] { 0.90, 0.95, 0.99, 0.999 }.Select(c => SamplingMath.Samples(c, bad)));
    }

    [Fact]
    public void Without_replacement_the_published_three_gigabyte_figures_come_out()
    {
        Assert.Equal(451, SamplingMath.Samples(0.99, 11_445, 114));
        Assert.Equal(11_331, SamplingMath.Samples(0.99, 11_445, 1));
    }

    [Theory]
    [InlineData(0.10, 1.04)]
    [InlineData(0.01, 3.8)]
    [InlineData(0.001, 34)]
    public void Mean_detection_of_thirty_blocks_an_audit_agrees(double bad, double intervals) =>
        Assert.Equal(intervals, SamplingMath.MeanDetection(TimeSpan.FromDays(1), bad, 30).TotalDays, intervals * 0.011);

    [Theory]
    [InlineData(0.10, 10, 5)]
    [InlineData(0.10, 50, 1)]
    [InlineData(0.01, 50, 10)]
    [InlineData(0.01, 200, 3)]
    [InlineData(0.001, 200, 24)]
    [InlineData(0.001, 1000, 5)]
    public void Days_until_a_node_that_lost_a_part_is_found_agree(double lost, int datasetsADay, int days) =>
        Assert.Equal(days, SamplingMath.DaysToFind(0.99, lost, datasetsADay));

    /// <summary>Aim: the product formula is the binomial one. Method: small cases counted with exact integers.</summary>
    [Fact]
    public void The_exact_formula_agrees_with_counting_combinations()
    {
        for (var blocks = 1; blocks <= 12; blocks++)
        {
            for (var bad = 0; bad <= blocks; bad++)
            {
                for (var samples = 0; samples <= blocks; samples++)
                {
                    var expected = 1 - (Choose(blocks - bad, samples) / Choose(blocks, samples));
                    Assert.Equal(expected, SamplingMath.Detection(blocks, bad, samples), 1e-12);
                }
            }
        }
    }

    [Fact]
    public void Nothing_bad_is_never_found_and_out_of_range_is_refused()
    {
        Assert.Equal(0, SamplingMath.Detection(0.0, 100));
        Assert.Equal(1, SamplingMath.Detection(1.0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => SamplingMath.Samples(1.0, 0.1));
        Assert.Throws<ArgumentOutOfRangeException>(() => SamplingMath.Samples(0.9, 0.0));
        Assert.Throws<ArgumentOutOfRangeException>(() => SamplingMath.Detection(double.NaN, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => SamplingMath.Detection(10, 11, 3));
    }

    private static double Choose(int n, int k) => k > n ? 0 : Enumerable.Range(0, k).Aggregate(1.0, (c, i) => c * (n - i) / (i + 1));
}
