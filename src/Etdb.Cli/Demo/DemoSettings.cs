namespace Etdb.Cli.Demo;

/// <summary>What <c>etdb demo</c> was asked for.</summary>
internal sealed record DemoSettings
{
    public required bool Once { get; init; }

    public string? ReportPath { get; init; }

    public required int Datasets { get; init; }

    public required int Members { get; init; }

    public required int Target { get; init; }

    public required int Port { get; init; }

    /// <summary>Null: a temporary folder that goes when the demo ends.</summary>
    public string? DataFolder { get; init; }

    public required int Seed { get; init; }

    /// <summary>Folder with the real files; null when there is none.</summary>
    public string? RealData { get; init; }
}
