using System.Text.Json;
using Etdb.Testing;

namespace Etdb.Integration.Tests.Operators;

/// <summary><c>etdb simulate</c> answers with the documented keys, the same for the same seed; a build without virtual time says which one has it.</summary>
public sealed class SimulateTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private static readonly string[] World = ["simulate", "--seed", "3", "--years", "0.1", "--datasets", "4", "--nodes", "5", "--members", "5", "--json"];

    private static readonly string[] Keys =
    [
        "seed", "years", "datasets", "lost", "lossPerDatasetYear", "repairs", "bytesReseeded", "invariantViolations", "meanRepairHours", "worstRedundancy",
    ];

    [Fact]
    public async Task A_world_is_told_in_the_documented_keys_and_is_the_same_again()
    {
        var (code, output, errors) = await EtdbProcess.RunAsync(Limit, World);
        if (errors.Contains("Microsoft Orleans", StringComparison.Ordinal))
        {
            Assert.Equal(1, code);
            Assert.Contains("./etdb simulate", errors, StringComparison.Ordinal);
            return;
        }

        Assert.True(code == 0, output + errors);
        var told = JsonSerializer.Deserialize<JsonElement>(output);
        Assert.Equal([], Keys.Where(k => !told.TryGetProperty(k, out _)));
        Assert.Equal(0, told.GetProperty("invariantViolations").GetArrayLength());
        Assert.Contains("%", errors, StringComparison.Ordinal);
        Assert.Equal(output, (await EtdbProcess.RunAsync(Limit, World)).Output);
    }

    [Theory]
    [InlineData("--years", "0")]
    [InlineData("--members", "99")]
    [InlineData("--soak", "0")]
    public async Task Numbers_out_of_range_are_refused_with_the_range(string option, string value)
    {
        var (code, _, errors) = await EtdbProcess.RunAsync(Limit, "simulate", option, value);
        Assert.True(code == 2 || errors.Contains("Microsoft Orleans", StringComparison.Ordinal), errors);
    }
}
