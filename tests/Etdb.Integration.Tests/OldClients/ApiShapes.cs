using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Etdb.Integration.Tests.OldClients;

/// <summary>The published requests and answers (<c>vectors/api_shapes.json</c> of the ledger's tests) and how answers are compared with them.</summary>
internal static class ApiShapes
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonElement All = Read("api_shapes.json");

    public static JsonElement A { get; } = All.GetProperty("apiA");

    public static JsonElement B { get; } = All.GetProperty("apiB");

    public static JsonElement Envelope { get; } = B.GetProperty("common").GetProperty("envelope");

    public static JsonElement Real { get; } = Envelope.GetProperty("results")[0];

    public static string RealTxid { get; } = Real.GetProperty("meta").GetProperty("txid").GetString()!;

    public static string RealComment { get; } = "json:{\"oip042\":{\"publish\":{\"artifact\":" + JsonSerializer.Serialize(Real.GetProperty("artifact"), Plain) + "}}}";

    /// <summary>A vector file of the ledger's tests.</summary>
    public static JsonElement Read(string name, [CallerFilePath] string source = "")
        => JsonElement.Parse(File.ReadAllBytes(Path.Combine(Path.GetDirectoryName(source)!, "../../Etdb.Ledger.Tests/vectors", name)));

    /// <summary>The answer published for the request that begins so.</summary>
    public static JsonElement CallOfA(string request) => A.GetProperty("calls").EnumerateArray().First(c => c.GetProperty("request").GetString()!.StartsWith(request, StringComparison.Ordinal)).GetProperty("response");

    /// <summary>Fails with both texts when they differ in anything but order of keys.</summary>
    public static void Same(JsonElement expected, JsonElement actual)
        => Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected.GetRawText()), JsonNode.Parse(actual.GetRawText())), $"Expected {expected}, got {actual}");

    /// <summary>The published envelope, with the block id that a block of the tests has.</summary>
    public static JsonElement WithBlock(JsonElement shape, string hash) => JsonElement.Parse(shape.GetRawText().Replace(Real.GetProperty("meta").GetProperty("block_hash").GetString()!, hash, StringComparison.Ordinal));
}
