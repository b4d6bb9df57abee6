namespace Etdb.Grains.Tests;

/// <summary>Options out of range are refused, each with its key, value and range.</summary>
public sealed class OptionsTests
{
    private readonly ReplicationOptionsValidator _validator = new();

    [Fact]
    public void The_defaults_are_valid() => Assert.True(_validator.Validate(null, new ReplicationOptions()).Succeeded);

    [Fact]
    public void Every_error_is_named_not_only_the_first()
    {
        var result = _validator.Validate(null, new ReplicationOptions { Target = 0, ProbeInterval = TimeSpan.Zero, DistinctBy = "planet", FullRatio = 1.5, WakeInterval = TimeSpan.FromSeconds(1) });
        Assert.True(result.Failed);
        foreach (var key in new[] { "Replication:Target is 0", "Replication:ProbeInterval", "Replication:DistinctBy is 'planet'", "Replication:FullRatio is 1.5", "Replication:WakeInterval" })
        {
            Assert.Contains(result.Failures!, f => f.Contains(key, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Domain_and_options_agree_on_what_is_a_valid_policy() =>
        Assert.Empty(Policies.Default(new ReplicationOptions()).Problems());
}
