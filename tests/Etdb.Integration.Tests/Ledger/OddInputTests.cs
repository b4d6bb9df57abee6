using System.CommandLine;
using System.Text;
using System.Text.Json;
using Etdb.Cli;
using Etdb.Testing;

namespace Etdb.Integration.Tests.Ledger;

/// <summary>What scripts and people give by mistake: every flo, oip and ledger command ends with the exit code of the contract and one line that says what is wrong.</summary>
public sealed class OddInputTests : IDisposable
{
    private const string Address = "FDxa2dUXPw592svsebdHfGRHxB46DKWVUy";
    private const string Signature = "IMjnGVBNW4kvoSITwijwYkrguszkyMQ08TBNu9wvRiVZB3f+L8Me1gkkK30LT9EO2xyMj0lFHORkSi/zM3cOTF0=";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string[]> Wrong => new(
        ["flo", "tx", ""],
        ["flo", "tx", "zz"],
        ["flo", "tx", "0"],
        ["flo", "tx", "00"],
        ["flo", "tx", "02000000ffffffffffffffffff"],
        ["flo", "tx", "@/no/such/file"],
        ["flo", "tx", "00", "--network", "nowhere"],
        ["flo", "tx"],
        ["flo", "sighash", "00", "--input", "0", "--script", "", "--type", "1"],
        ["flo", "sighash", "00", "--input", "x", "--script", "", "--type", "1"],
        ["flo", "block", ""],
        ["flo", "block", "00"],
        ["flo", "block", "@/no/such/file"],
        ["flo", "verify-message", "--address", Address, "--signature", Signature, "--message", "@/no/such/file"],
        ["flo", "verify-message", "--address", Address],
        ["flo", "sign-message", "--key-file", "/no/such/file", "--message", "x"],
        ["oip", "classify", "@/no/such/file"],
        ["oip", "classify", "x", "--network", "nowhere"],
        ["oip", "classify", "x", "--height", "many"],
        ["oip", "replay", "/no/such/file"],
        ["ledger", "verify", "/no/such/file"],
        ["ledger", "export", "--index", "/no/such/file", "-o", "/tmp/never"],
        ["ledger", "index", "--index", "/tmp/never.db", "--network", "nowhere"],
        ["ledger", "index", "--index", "/tmp/never.db", "--flo", "ftp://x"],
        ["ledger", "index", "--index", "/tmp/never.db", "--batch", "0"],
        ["publish"],
        ["publish", "--register", " ", "--key-file", "/no/such/file"],
        ["publish", "--register", "A lab"],
        ["publish", "--register", "A lab", "--signer", "true", "--public-key", "zz"],
        ["publish", "--register", "A lab", "--key-file", "/no/such/file"],
        ["publish", "--register", "A lab", "--wait", "101"]);

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task Wrong_input_is_2_with_a_line_that_says_what(string[] arguments)
    {
        var (code, output, errors) = await RunAsync(arguments);
        Assert.Equal((2, ""), (code, output));
        Assert.True(errors.Length > 10 && errors.TrimEnd().Split('\n').Length == 1, errors);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("text:hello, this is long enough to be looked at by anybody")]
    [InlineData("json:{\"oip042\":{\"publish\":{\"artifact\":[]}}}")]
    [InlineData("json:{\"oip042\":{\"publish\":{\"artifact\":{\"a\":1,\"a\":2}}}}")]
    [InlineData("json:[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[")]
    [InlineData("p64:not base64 at all, but long enough to be looked at")]
    [InlineData("gp64:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("oip-mp(1,2,3):data that is long enough to be looked at")]
    [InlineData("oip-mp(-1,99999999999999999999,F,,):data that is long enough")]
    [InlineData("{\"oip-041\":{\"artifact\":null},\"signature\":7}              ")]
    public async Task Any_comment_is_classified_and_has_all_keys(string comment)
    {
        var (code, output, _) = await RunAsync("oip", "classify", comment, "--json");
        Assert.Equal(0, code);
        using var answer = JsonDocument.Parse(output);
        Assert.All(new[] { "kind", "valid", "reason", "record" }, key => Assert.True(answer.RootElement.TryGetProperty(key, out _), key));
        Assert.Equal(answer.RootElement.GetProperty("valid").GetBoolean(), answer.RootElement.GetProperty("reason").ValueKind == JsonValueKind.Null);
    }

    [Fact]
    public async Task Bytes_that_are_no_text_and_files_of_any_size_are_read()
    {
        byte[][] contents = [[], [0xff, 0xfe, 0x00], [.. "json:{\"oip042\":"u8, 0xc3, 0x28, .. new byte[64]], new byte[5 << 20]];
        for (var i = 0; i < contents.Length; i++)
        {
            var file = _folder.At($"comment{i}");
            await File.WriteAllBytesAsync(file, contents[i], TestContext.Current.CancellationToken);
            var (code, output, errors) = await RunAsync("oip", "classify", "@" + file, "--json");
            Assert.True(code == (i == 3 ? 2 : 0), errors);
            Assert.Equal(i == 3, output.Length == 0);
        }

        var raw = _folder.At("message");
        await File.WriteAllBytesAsync(raw, [0xff, 0x00, 0x0a], TestContext.Current.CancellationToken);
        Assert.Equal(1, (await RunAsync("flo", "verify-message", "--address", Address, "--signature", Signature, "--message", "@" + raw)).Code);
    }

    [Theory]
    [InlineData("")]
    [InlineData("F")]
    [InlineData("FDxa2dUXPw592svsebdHfGRHxB46DKWVUz")]
    [InlineData("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa")]
    [InlineData("äöü")]
    public async Task Addresses_that_are_none_are_1_and_valid_false(string address)
    {
        var (code, output, _) = await RunAsync("flo", "address", address, "--json");
        Assert.Equal(1, code);
        using var answer = JsonDocument.Parse(output);
        Assert.False(answer.RootElement.GetProperty("valid").GetBoolean());
    }

    [Theory]
    [InlineData("{\"connect\":{\"height\":1}}", 2)]
    [InlineData("nonsense", 2)]
    [InlineData("{\"disconnect\":{\"hash\":\"x\"}}", 2)]
    [InlineData("{}", 2)]
    [InlineData("[]", 2)]
    [InlineData("", 0)]
    [InlineData("{\"connect\":{\"height\":1,\"hash\":\"a\",\"time\":1,\"txs\":[]}}\n{\"connect\":{\"height\":1,\"hash\":\"b\",\"time\":1,\"txs\":[]}}", 2)]
    [InlineData("{\"connect\":{\"height\":1,\"hash\":\"a\",\"time\":1,\"txs\":[]}}\n\n{\"disconnect\":{\"hash\":\"a\"}}", 0)]
    [InlineData("{\"connect\":{\"height\":1,\"hash\":\"a\",\"time\":1,\"txs\":[{\"txid\":7}]}}", 2)]
    [InlineData("{\"connect\":{\"height\":1,\"hash\":\"a\",\"time\":1,\"txs\":{\"txid\":\"t\"}}}", 2)]
    [InlineData("{\"connect\":{\"height\":1,\"hash\":\"a\",\"time\":1,\"txs\":[{\"txid\":\"t\",\"floData\":null}]}}", 0)]
    public async Task Logs_for_replay_are_read_or_refused_by_line(string lines, int expected)
    {
        var file = _folder.At("log.jsonl");
        await File.WriteAllTextAsync(file, lines, Encoding.UTF8, TestContext.Current.CancellationToken);
        var (code, output, errors) = await RunAsync("oip", "replay", file, "--json");
        Assert.True(code == expected, errors);
        if (code == 0)
        {
            using var answer = JsonDocument.Parse(output);
            Assert.All(new[] { "tip", "records", "pendingMultiparts", "refused" }, key => Assert.True(answer.RootElement.TryGetProperty(key, out _), key));
        }
    }

    private static async Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var parsed = Program.BuildRoot().Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0)
        {
            return (2, "", parsed.Errors[0].Message);
        }

        var code = await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = error }, TestContext.Current.CancellationToken);
        return (code, output.ToString(), error.ToString());
    }
}
