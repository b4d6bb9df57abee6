using System.Net;
using System.Text;
using System.Text.Json;

namespace Etdb.Integration.Tests.OldClients;

/// <summary>Records and templates of OIP 5 under /oip/o5.</summary>
public sealed class OipFiveTests
{
    // message P { string name = 1; } of a package of its own.
    private static readonly byte[] Descriptors = Bytes(1, [.. Text(2, "oipProto.templates.tmpl_00000000"), .. Bytes(4, [.. Text(1, "P"), .. Bytes(2, [.. Text(1, "name"), 0x18, 1, 0x20, 1, 0x28, 9])])]);

    [Fact]
    public async Task Records_are_told_by_their_templates_and_raw_without_and_templates_and_fields_are_listed()
    {
        await using var host = await OldClientsHost.StartAsync();
        var template = host.Add(Signed(Bytes(1, [.. Text(1, "Scope"), .. Text(2, "A microscope"), .. Bytes(4, Descriptors)])));
        var name = "tmpl_" + template[..8].ToUpperInvariant();
        var known = host.Add(Signed(Record(name, Text(1, "Titan Krios"))));
        var unknown = host.Add(Signed(Record("tmpl_FFFFFFFF", [1, 2, 3])));
        Assert.Empty(host.Refusals);

        var latest = await host.GetAsync("/oip/o5/record/get/latest");
        Assert.Equal([unknown, known], latest.GetProperty("results").EnumerateArray().Select(r => r.GetProperty("meta").GetProperty("txid").GetString()));
        Assert.Equal("""{"name":"Titan Krios"}""", Details(latest.GetProperty("results")[1], name).GetRawText());
        Assert.Equal("""{"raw":"AQID"}""", Details(latest.GetProperty("results")[0], "tmpl_FFFFFFFF").GetRawText());
        Assert.Equal(TestHistory.Signer.Address, latest.GetProperty("results")[0].GetProperty("meta").GetProperty("signed_by").GetString());
        Assert.Equal(known, Only(await host.GetAsync($"/oip/o5/record/get/{known[..10]}")));
        Assert.Equal(known, Only(await host.GetAsync($"/oip/o5/record/search?q=record.details.{name}.name:krios")));

        var scope = (await host.GetAsync($"/oip/o5/template/get/{template}")).GetProperty("results")[0].GetProperty("template");
        Assert.Equal(("Scope", name, "A microscope"), (scope.GetProperty("friendly_name").GetString(), scope.GetProperty("name").GetString(), scope.GetProperty("description").GetString()));
        Assert.Equal(Descriptors, scope.GetProperty("file_descriptor_set").GetBytesFromBase64());
        Assert.Equal(template, Only(await host.GetAsync("/oip/o5/template/get/latest")));
        Assert.Equal(template, Only(await host.GetAsync("/oip/o5/template/search?q=microscope")));

        var path = $"record.details.{name}.name";
        var mapping = await host.GetAsync($"/oip/o5/record/mapping/{name},tmpl_FFFFFFFF");
        Assert.Equal("text", mapping.GetProperty(path).GetProperty("mapping").GetProperty("name").GetProperty("type").GetString());
        Assert.Equal(2, mapping.EnumerateObject().Count());
        foreach (var wrong in new[] { "record/mapping/tmpl_nothex00", "record/get/xyz", "record/nothing" })
        {
            Assert.Equal(HttpStatusCode.NotFound, (await host.Http.GetAsync("/oip/o5/" + wrong, TestContext.Current.CancellationToken)).StatusCode);
        }
    }

    private static JsonElement Details(JsonElement result, string template) => result.GetProperty("record").GetProperty("details").GetProperty(template);

    private static string? Only(JsonElement page) => Assert.Single(page.GetProperty("results").EnumerateArray().ToList()).GetProperty("meta").GetProperty("txid").GetString();

    private static byte[] Record(string template, byte[] value)
        => Bytes(2, Bytes(7, Bytes(1, [.. Text(1, "type.googleapis.com/oipProto.templates." + template), .. Bytes(2, value)])));

    /// <summary>SignedMessage { 1 SerializedMessage, 2 MessageType (1: OIP 5), 3 SignatureType (1: FLO), 4 PubKey, 5 Signature }.</summary>
    private static string Signed(byte[] payload)
    {
        var signature = Convert.FromBase64String(TestHistory.Signer.Sign(Encoding.ASCII.GetBytes(Convert.ToBase64String(payload))));
        return "p64:" + Convert.ToBase64String([.. Bytes(1, payload), 0x10, 1, 0x18, 1, .. Text(4, TestHistory.Signer.Address), .. Bytes(5, signature)]);
    }

    private static byte[] Text(int number, string text) => Bytes(number, Encoding.UTF8.GetBytes(text));

    private static byte[] Bytes(int number, ReadOnlySpan<byte> bytes)
    {
        Assert.True(bytes.Length < 1 << 14);
        return bytes.Length < 0x80 ? [(byte)((number << 3) | 2), (byte)bytes.Length, .. bytes] : [(byte)((number << 3) | 2), (byte)(bytes.Length | 0x80), (byte)(bytes.Length >> 7), .. bytes];
    }
}
