namespace Etdb.Orleans.Embedded.Simulation;

/// <summary>What a simulated silo starts from.</summary>
public sealed record SimulationOptions
{
    /// <summary>Chooses the order of turns.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>What the clock shows at first.</summary>
    public DateTimeOffset Start { get; init; } = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Most steps one call of <see cref="SimulatedSilo.RunUntilIdle"/>, <see cref="SimulatedSilo.AdvanceBy"/> or <see cref="SimulatedSilo.Run(Func{Task})"/>
    /// may take before it fails: grains that call each other for ever do not hang a test.</summary>
    /// <value>1,000,000,000.</value>
    public long StepLimit { get; init; } = 1_000_000_000;

    /// <summary>How much virtual time <see cref="SimulatedSilo.Run(Func{Task})"/> may pass until the task it was given ends.</summary>
    /// <value>1 hour.</value>
    public TimeSpan RunLimit { get; init; } = TimeSpan.FromHours(1);
}
