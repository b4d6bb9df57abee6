using System.Text.Json;

namespace Etdb.Integration.Tests.Demo;

/// <summary>What <c>etdb demo --once --json FILE</c> wrote.</summary>
internal sealed class DemoReport(JsonElement root)
{
    public JsonElement Root { get; } = root;

    public static DemoReport Read(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        return new DemoReport(document.RootElement.Clone());
    }

    public JsonElement At(string path)
    {
        var at = Root;
        foreach (var key in path.Split('.'))
        {
            Assert.True(at.TryGetProperty(key, out at), $"The report has no '{path}'.");
        }

        return at;
    }

    public long Number(string path) => At(path).GetInt64();

    /// <summary>Every dataset holds its target of verified replicas on as many members, and every block was hashed.</summary>
    public void AssertWhole(int datasets, int target)
    {
        Assert.Equal(datasets, At("datasets").GetArrayLength());
        Assert.Equal(datasets, Number("after.healthy"));
        Assert.Equal(0, Number("after.degraded"));
        Assert.Equal(0, Number("after.lost"));
        Assert.Equal(0, Number("verification.bad"));
        Assert.True(Number("verification.replicas") >= datasets * target);
        Assert.True(Number("verification.blocks") > Number("verification.replicas"));
        foreach (var dataset in At("datasets").EnumerateArray())
        {
            Assert.Matches("^[0-9a-f]{64}$", dataset.GetProperty("id").GetString());
            Assert.False(string.IsNullOrWhiteSpace(dataset.GetProperty("title").GetString()));
            Assert.True(dataset.GetProperty("bytes").GetInt64() > 0);
            var verified = dataset.GetProperty("replicas").EnumerateArray().Where(r => r.GetProperty("state").GetString() == "verified").ToList();
            Assert.True(verified.Select(r => r.GetProperty("member").GetString()).Distinct().Count() >= target, dataset.ToString());
        }
    }
}
