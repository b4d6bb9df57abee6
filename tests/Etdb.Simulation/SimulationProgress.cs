namespace Etdb.Simulation;

/// <summary>How far a run has come.</summary>
/// <param name="Done">Part of the virtual time that has passed, 0..1.</param>
/// <param name="Text">For people.</param>
public sealed record SimulationProgress(double Done, string Text);
