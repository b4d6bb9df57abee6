using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Etdb.Ledger.Tests.Flo;

/// <summary>Reads the vector files beside the tests' sources.</summary>
internal static class Vectors
{
    public static JsonElement Read(string name, [CallerFilePath] string source = "")
    {
        var folder = Path.GetDirectoryName(source)!;
        while (!Directory.Exists(Path.Combine(folder, "vectors")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        folder = Path.Combine(folder, "vectors");
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, name)));
        return document.RootElement.Clone();
    }

    public static string Text(this JsonElement element, string key) => element.GetProperty(key).GetString()!;

    public static byte[] Hex(this JsonElement element, string key) => Convert.FromHexString(element.Text(key));

    public static FloNetwork Network(this JsonElement element) => FloNetwork.Find(element.Text("network"))!;

    /// <summary>Digests are printed in the order they were hashed in.</summary>
    public static Hash256 WireHash(this JsonElement element, string key) => new(element.Hex(key));
}
