using System.Diagnostics.Metrics;

namespace Etdb.Grains.Nodes;

/// <summary>What operators watch about scans: how many ended, what they compared, how long they took.</summary>
internal static class ScanInstruments
{
    private static readonly Meter Meter = new("Etdb.Scans");
    private static readonly Counter<long> Finished = Meter.CreateCounter<long>("etdb.scans", "{scan}", "Scans of a node's pins that were finished and compared.");
    private static readonly Counter<long> Pins = Meter.CreateCounter<long>("etdb.scans.pins", "{pin}", "Pins listed by finished scans.");
    private static readonly Counter<long> Differences = Meter.CreateCounter<long>("etdb.scans.differences", "{replica}", "Replicas that finished scans found missing or come back.");
    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>("etdb.scans.duration", "s", "Time from the start of a listing until its differences were told.");

    /// <summary>A scan ended well.</summary>
    public static void Note(int pins, int differences, TimeSpan took)
    {
        Finished.Add(1);
        Pins.Add(pins);
        Differences.Add(differences);
        Duration.Record(took.TotalSeconds);
    }
}
