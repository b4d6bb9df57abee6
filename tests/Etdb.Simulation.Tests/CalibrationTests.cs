using Etdb.Domain.Durability;

namespace Etdb.Simulation.Tests;

/// <summary>
/// Aim: the scheduler does not lengthen the window of repair: with loss rate and window fixed, datasets are lost as often as the closed form says.
/// Method: datasets whole at the start are followed until each is lost, so that losses divided by time at risk estimate 1/MTTDL without bias; the
/// error of the estimate is 1/√losses. For three copies, repair one after the other would be told apart.
/// </summary>
public sealed class CalibrationTests
{
    private const double StandardErrors = 3;

    [Theory]
    [InlineData(2, 4.0, 30, 120)]
    [InlineData(3, 6.0, 30, 120)]
    public void Losses_agree_with_the_closed_form(int replicas, double lossRate, double repairDays, int datasets)
    {
        var window = TimeSpan.FromDays(repairDays);
        var run = SimulationRun.Run(SimulationSettings.Calibrated(1, replicas, lossRate, window, datasets));
        var expected = 1 / new BirthDeathModel { Replicas = replicas, LossRatePerYear = lossRate, WindowDays = repairDays }.MeanYearsToLoss();
        var error = StandardErrors / Math.Sqrt(datasets);
        Assert.Equal(datasets, run.Lost);
        Assert.InRange(run.LossPerDatasetYear / expected, 1 - error, 1 + error);
    }
}
