namespace Etdb.Simulation;

/// <summary>What came of a simulated world. <see cref="InvariantViolations"/> empty and <see cref="Converged"/> true is a pass.</summary>
/// <param name="Seed">As given.</param>
/// <param name="Years">As given.</param>
/// <param name="Datasets">As given.</param>
/// <param name="Lost">Datasets of which no node holds a complete copy any more and which the blocks of all nodes together cannot make whole.</param>
/// <param name="DatasetYears">Time datasets were at risk.</param>
/// <param name="Repairs">Transfers and heals that ended well after the first replication.</param>
/// <param name="BytesReseeded">Bytes they moved.</param>
/// <param name="InvariantViolations">Each with its time and the invariant's number.</param>
/// <param name="MeanRepairHours">Mean time from the loss of a dataset's target to its return; null when there was none.</param>
/// <param name="WorstRedundancy">Fewest complete copies any dataset that was ever whole had, at any check.</param>
/// <param name="Converged">After everything was healed, all that could be whole was whole within the bound.</param>
/// <param name="Crashes">Silo crashes survived.</param>
/// <param name="Faults">Faults injected.</param>
/// <param name="Steps">Turns run.</param>
/// <param name="Trace">Hash of the run: equal for equal settings.</param>
/// <param name="Events">Hash of the log of events: equal for equal settings.</param>
/// <param name="Command">Runs it again.</param>
public sealed record SimulationResult(
    ulong Seed,
    double Years,
    int Datasets,
    int Lost,
    double DatasetYears,
    long Repairs,
    long BytesReseeded,
    IReadOnlyList<string> InvariantViolations,
    double? MeanRepairHours,
    int WorstRedundancy,
    bool Converged,
    int Crashes,
    long Faults,
    long Steps,
    string Trace,
    string Events,
    string Command)
{
    /// <summary>Losses divided by the time at risk.</summary>
    public double LossPerDatasetYear => DatasetYears > 0 ? Lost / DatasetYears : 0;

    /// <summary>No invariant was broken and the world became whole again.</summary>
    public bool Passed => InvariantViolations.Count == 0 && Converged;
}
