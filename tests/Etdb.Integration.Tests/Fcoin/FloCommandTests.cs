using System.CommandLine;
using System.Text.Json;
using Etdb.Cli.Flo;

namespace Etdb.Integration.Tests.Fcoin;

/// <summary><c>etdb flo …</c> as scripts call it: keys, order and exit codes.</summary>
public sealed class FloCommandTests : IDisposable
{
    private const string Genesis = "09c7781c9df90708e278c35d38ea5c9041d7ecfcdd1c56ba67274b7cff3e1cea";
    private readonly string _folder = Directory.CreateTempSubdirectory("etdb-flo").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Transaction_is_decoded()
    {
        var hex = Etdb.Ledger.Flo.FloNetwork.Main.Genesis.Transactions[0].ToHex();
        var (code, answer) = await RunAsync("tx", hex);
        Assert.Equal(0, code);
        Assert.Equal("730f0c8ddc5a592d5512566890e2a73e45feaa6748b24b849d1c29a7ab2b2300", answer.GetProperty("txid").GetString());
        Assert.Equal("text:Florincoin genesis block", answer.GetProperty("floData").GetString());
        Assert.Equal(29, answer.GetProperty("floDataBytes").GetInt32());
        Assert.Equal(10_000_000_000, answer.GetProperty("outputs")[0].GetProperty("value").GetInt64());
        Assert.Equal(2, (await RunAsync("tx", hex[..^2])).Code);
        Assert.Equal(2, (await RunAsync("tx", "xyz")).Code);
        Assert.Equal(2, (await RunAsync("tx", hex, "--network", "moon")).Code);
    }

    [Fact]
    public async Task Signature_hash_takes_types_of_either_sign()
    {
        var hex = Etdb.Ledger.Flo.FloNetwork.Main.Genesis.Transactions[0].ToHex();
        var (_, signed) = await RunAsync("sighash", hex, "--input", "0", "--script", "51", "--type", "-1");
        var (_, unsigned) = await RunAsync("sighash", hex, "--input", "0", "--script", "51", "--type", "0xffffffff");
        Assert.Equal(signed.GetProperty("sighash").GetString(), unsigned.GetProperty("sighash").GetString());
        var (code, empty) = await RunAsync("sighash", hex, "--input", "0", "--script", "", "--type", "1", "--witness", "--amount", "5");
        Assert.Equal((0, 64), (code, empty.GetProperty("sighash").GetString()!.Length));
        Assert.Equal(2, (await RunAsync("sighash", hex, "--input", "3", "--script", "", "--type", "1", "--witness")).Code);
    }

    [Fact]
    public async Task Block_is_judged_from_hex_and_from_a_file()
    {
        var genesis = Etdb.Ledger.Flo.FloNetwork.Main.Genesis;
        var file = Path.Combine(_folder, "block.bin");
        await File.WriteAllBytesAsync(file, genesis.Raw.ToArray(), CancellationToken.None);
        foreach (var argument in new[] { genesis.ToHex(), "@" + file })
        {
            var (code, answer) = await RunAsync("block", argument, "--network", "main");
            Assert.Equal((0, Genesis, 0), (code, answer.GetProperty("hash").GetString(), answer.GetProperty("height").GetInt32()));
            Assert.True(answer.GetProperty("powValid").GetBoolean() && answer.GetProperty("merkleValid").GetBoolean());
        }

        var changed = genesis.ToHex()[..152] + "00000000" + genesis.ToHex()[160..];
        var (no, bad) = await RunAsync("block", changed, "--network", "main");
        Assert.Equal((1, false), (no, bad.GetProperty("powValid").GetBoolean()));
    }

    [Fact]
    public async Task Addresses_and_messages_answer_yes_and_no()
    {
        var (yes, address) = await RunAsync("address", "FDxa2dUXPw592svsebdHfGRHxB46DKWVUy");
        Assert.Equal((0, "main", "p2pkh"), (yes, address.GetProperty("network").GetString(), address.GetProperty("kind").GetString()));
        Assert.Equal(1, (await RunAsync("address", "nope")).Code);
        string[] verify = ["verify-message", "--address", "FDxa2dUXPw592svsebdHfGRHxB46DKWVUy", "--signature",
            "IMjnGVBNW4kvoSITwijwYkrguszkyMQ08TBNu9wvRiVZB3f+L8Me1gkkK30LT9EO2xyMj0lFHORkSi/zM3cOTF0=", "--message"];
        Assert.Equal(0, (await RunAsync([.. verify, "Flo signed message test"])).Code);
        var (wrong, answer) = await RunAsync([.. verify, "another text"]);
        Assert.Equal((1, JsonValueKind.Null), (wrong, answer.GetProperty("error").ValueKind));
        verify[4] = "AAAA";
        var (malformed, named) = await RunAsync([.. verify, "Flo signed message test"]);
        Assert.Equal((1, JsonValueKind.String), (malformed, named.GetProperty("error").ValueKind));
    }

    [Fact]
    public async Task Keys_are_made_shown_and_sign()
    {
        var (file, secret) = (Path.Combine(_folder, "lab.key"), Path.Combine(_folder, "secret"));
        await File.WriteAllTextAsync(secret, "correct horse\n", CancellationToken.None);
        var (_, made) = await RunAsync("key", "new", "--key-file", file, "--passphrase-file", secret, "--network", "test", "--json");
        var (_, shown) = await RunAsync("key", "show", "--key-file", file, "--json");
        Assert.Equal(made.GetProperty("address").GetString(), shown.GetProperty("address").GetString());
        var (code, signed) = await RunAsync("sign-message", "--key-file", file, "--passphrase-file", secret, "--message", "hi", "--json");
        Assert.Equal(0, code);
        var (valid, _) = await RunAsync("verify-message", "--address", signed.GetProperty("address").GetString()!, "--signature", signed.GetProperty("signature").GetString()!, "--message", "hi");
        Assert.Equal(0, valid);
        await File.WriteAllTextAsync(secret, "wrong horse\n", CancellationToken.None);
        Assert.Equal(2, (await RunAsync("sign-message", "--key-file", file, "--passphrase-file", secret, "--message", "hi")).Code);
    }

    private static async Task<(int Code, JsonElement Answer)> RunAsync(params string[] arguments)
    {
        var root = new RootCommand { FloCommands.Build(), Etdb.Cli.CommandLine.CommandExtensions.JsonOption };
        using var output = new StringWriter();
        using var error = new StringWriter();
        var parsed = root.Parse(["flo", .. arguments], new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0)
        {
            return (2, default);
        }

        var code = await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = error }, CancellationToken.None);
        var text = output.ToString();
        return (code, text.StartsWith('{') ? JsonDocument.Parse(text).RootElement : default);
    }
}
