using System.Globalization;
using Etdb.Domain.Durability;
using Etdb.Domain.Replication;

namespace Etdb.Domain.Tests.Durability;

/// <summary>The tables of the durability note, to the digits given there.</summary>
public sealed class BirthDeathModelTests
{
    private static readonly double[] s_windows = [1, 7, 30, 90, 180];

    [Theory]
    [InlineData(0.05, 2, "1.4e-5 9.6e-5 4.1e-4 1.2e-3 2.3e-3")]
    [InlineData(0.05, 3, "2.8e-9 1.4e-7 2.5e-6 2.2e-5 8.4e-5")]
    [InlineData(0.05, 4, "5.1e-13 1.8e-10 1.4e-8 3.5e-7 2.7e-6")]
    [InlineData(0.05, 5, "8.8e-17 2.1e-13 7.0e-11 5.4e-9 8.1e-8")]
    [InlineData(0.20, 3, "1.8e-7 8.7e-6 1.5e-4 1.2e-3 4.2e-3")]
    [InlineData(0.20, 4, "1.3e-10 4.4e-8 3.3e-6 7.8e-5 5.1e-4")]
    [InlineData(0.20, 5, "9.0e-14 2.1e-10 6.7e-8 4.6e-6 5.7e-5")]
    public void Annual_loss_agrees_with_the_published_table(double lossRate, int replicas, string row)
    {
        var expected = row.Split(' ');
        var actual = s_windows.Select(w => TwoDigits(Model(replicas, lossRate, w).AnnualLossProbability()));
        Assert.Equal(expected, actual);
    }

    [Theory]
    [InlineData(2, 0.2, 90, 58.2)]
    [InlineData(3, 0.2, 180, 239.9)]
    [InlineData(3, 0.1, 180, 1628)]
    public void Mean_time_to_loss_agrees_with_the_published_figures(int replicas, double lossRate, double days, double years) =>
        Assert.Equal(years, Model(replicas, lossRate, days).MeanYearsToLoss(), years * 0.005);

    [Theory]
    [InlineData(11_000, 3, 30, 0.027)]
    [InlineData(11_000, 4, 30, 1.5e-4)]
    [InlineData(1_000_000, 3, 30, 2.5)]
    [InlineData(1_000_000, 3, 90, 22)]
    [InlineData(1_000_000, 4, 30, 0.014)]
    [InlineData(1_000_000, 4, 90, 0.36)]
    [InlineData(1_000_000, 5, 90, 0.005)]
    public void Expected_losses_agree_with_the_published_figures(long datasets, int replicas, double days, double losses) =>
        Assert.Equal(losses, Model(replicas, 0.05, days).ExpectedLossesPerYear(datasets), losses * 0.09);

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void The_approximation_holds_when_repair_is_quick_and_serial_repair_is_worse_by_a_factorial(int replicas)
    {
        var parallel = Model(replicas, 0.05, 1);
        var serial = parallel with { Mode = RepairMode.Serial };
        Assert.Equal(1, parallel.MeanYearsToLoss() / parallel.ApproximateMeanYearsToLoss(), 0.01);
        Assert.Equal(1, serial.MeanYearsToLoss() / serial.ApproximateMeanYearsToLoss(), 0.01);
        Assert.Equal(Enumerable.Range(1, replicas - 1).Aggregate(1.0, (f, i) => f * i), parallel.MeanYearsToLoss() / serial.MeanYearsToLoss(), 0.05);
    }

    [Fact]
    public void A_common_cause_puts_a_floor_under_every_policy()
    {
        var model = Model(5, 0.05, 30) with { CommonCausePerYear = 1e-4 };
        Assert.Equal(1e-4, model.AnnualLossProbability(), 1e-8);
        Assert.True(1e-4 > Model(3, 0.05, 30).AnnualLossProbability());
    }

    /// <summary>Aim: the closed form is the chain's. Method: the chain is played 4000 times with a fixed seed; the mean must lie within four standard errors.</summary>
    [Theory]
    [InlineData(2, 0.2, 90)]
    [InlineData(3, 0.2, 180)]
    public void Playing_the_chain_gives_the_closed_form(int replicas, double lossRate, double days)
    {
        var random = new Random(20261122);
        var mu = BirthDeathModel.DaysPerYear / days;
        var times = Enumerable.Range(0, 4000).Select(_ =>
        {
            var (live, time) = (replicas, 0.0);
            while (live > 0)
            {
                var (down, up) = (live * lossRate, (replicas - live) * mu);
                time += -Math.Log(1 - random.NextDouble()) / (down + up);
                live += random.NextDouble() * (down + up) < down ? -1 : 1;
            }

            return time;
        }).ToList();
        var mean = times.Average();
        var error = Math.Sqrt(times.Sum(t => (t - mean) * (t - mean))) / times.Count;
        Assert.Equal(Model(replicas, lossRate, days).MeanYearsToLoss(), mean, 4 * error);
    }

    [Fact]
    public void Numbers_out_of_range_are_refused_with_the_range()
    {
        var refused = Assert.Throws<ArgumentOutOfRangeException>(() => Model(65, 0.05, 30));
        Assert.Contains("1 to 64", refused.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => Model(3, double.NaN, 30));
    }

    [Fact]
    public void The_loss_rate_starts_at_the_prior_and_follows_history()
    {
        var rate = new LossRate(0, 0);
        Assert.Equal(0.05, rate.PerYear, 12);
        Assert.Equal(0.5 / 20, rate.Watched(TimeSpan.FromDays(3652.5)).PerYear, 12);
        Assert.Equal(1.5 / 20, rate.Watched(TimeSpan.FromDays(3652.5)).Lost().PerYear, 12);
    }

    [Fact]
    public void The_forecast_reckons_with_the_members_there_are()
    {
        var wish = new ReplicationPolicy { Name = "wish", Target = 5, Most = 6 };
        var forecast = DurabilityForecast.Make([new(wish, 1_000_000)], World.Cluster(3), TimeSpan.FromDays(30));
        var policy = Assert.Single(forecast.Policies);
        Assert.Equal(3, policy.Replicas);
        Assert.Equal(2.5, forecast.ExpectedLossesPerYear, 0.05);
    }

    private static BirthDeathModel Model(int replicas, double lossRate, double days) => new() { Replicas = replicas, LossRatePerYear = lossRate, WindowDays = days };

    private static string TwoDigits(double value)
    {
        var text = value.ToString("0.0e+0", CultureInfo.InvariantCulture);
        return text.Replace("e+", "e", StringComparison.Ordinal);
    }
}
