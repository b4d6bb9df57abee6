using System.Globalization;
using System.Text.Json;

namespace Etdb.Benchmarks.Scale;

/// <summary>Figures by name, some with a goal; shown as they come (standard error) and all together at the end.</summary>
internal sealed class ScaleReport(TextWriter output, bool json, int datasets)
{
    private readonly Dictionary<string, object> _figures = new(StringComparer.Ordinal)
    {
        ["datasets"] = datasets, ["nodes"] = SyntheticWorld.Nodes, ["replicas"] = SyntheticWorld.Replicas, ["runtime"] = Etdb.Storage.Grains.GrainRuntimeInfo.Name, ["cores"] = Environment.ProcessorCount,
    };

    private readonly List<string> _missed = [];

    /// <summary>Every goal was met.</summary>
    public bool Met => _missed.Count == 0 && !_figures.ContainsKey("failed");

    public void Add(string name, double value, double? atMost = null)
    {
        var rounded = Math.Round(value, value < 100 ? 2 : 0);
        _figures[name] = rounded;
        var goal = atMost is { } most ? string.Create(CultureInfo.InvariantCulture, $" (goal at most {most})") : "";
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} {rounded}{goal}"));
        if (value > atMost)
        {
            _missed.Add(name);
        }
    }

    public void Set(string name, object value)
    {
        _figures[name] = value;
        Console.Error.WriteLine($"{name} {JsonSerializer.Serialize(value)}");
    }

    public async Task WriteAsync()
    {
        _figures["goalsMissed"] = _missed;
        await output.WriteLineAsync(json ? JsonSerializer.Serialize(_figures) : string.Join('\n', _figures.Select(f => $"{f.Key,-28} {JsonSerializer.Serialize(f.Value)}")));
    }
}
