using System.Text;
using Etdb.Ledger.Flo.Keys;

namespace Etdb.Ledger.Tests.Flo;

/// <summary>
/// Seeded mutation of valid inputs: every parser answers or throws <see cref="FormatException"/>, quickly and within its limits, whatever it is given. The number of
/// cases grows with ETDB_TEST_SCALE; a failure names its seed.
/// </summary>
public sealed class FuzzTests
{
    private const int CasesPerScale = 20_000;

    private static int Cases => CasesPerScale * (int.TryParse(Environment.GetEnvironmentVariable("ETDB_TEST_SCALE"), out var scale) ? Math.Clamp(scale, 1, 1000) : 1);

    [Fact]
    public void Transactions_parse_to_themselves_or_are_refused()
    {
        byte[][] seeds = [.. Vectors.Read("transactions.json").GetProperty("transactions").EnumerateArray().Select(v => v.Hex("hex")),
            .. Vectors.Read("transactions.json").GetProperty("segwitParse").GetProperty("vectors").EnumerateArray().Select(v => v.Hex("hex"))];
        Run(seeds, bytes =>
        {
            var transaction = FloTransaction.Parse(bytes);
            Assert.True(transaction.Raw.Span.SequenceEqual(bytes));
            if (!transaction.Inputs.IsEmpty)
            {
                var rebuilt = FloTransaction.Create(transaction.Version, transaction.Inputs, transaction.Outputs, transaction.LockTime, transaction.FloData);
                Assert.True(rebuilt.Raw.Span.SequenceEqual(bytes));
                for (var i = 0; i < Math.Min(2, transaction.Inputs.Length); i++)
                {
                    ScriptVerifier.Verify(transaction, i, new TransactionOutput(1, FloScript.PayToPublicKeyHash(new byte[20])), ScriptRules.Historic);
                }
            }
        });
    }

    [Fact]
    public void Blocks_parse_to_themselves_or_are_refused() => Run([FloNetwork.Main.Genesis.Raw.ToArray(), FloNetwork.Development.Genesis.Raw.ToArray()], bytes =>
    {
        var block = FloBlock.Parse(bytes);
        Assert.True(block.Raw.Span.SequenceEqual(bytes));
        BlockCheck.Check(block, FloNetwork.Main, checkWork: false);
    });

    [Fact]
    public void Scripts_and_signatures_of_any_bytes_are_judged()
    {
        using var key = FloKey.FromSecret(Enumerable.Repeat((byte)3, 32).ToArray());
        var multi = MultiSignatureScript.Create(1, [key.PublicKey, key.PublicKey]);
        var der = EcdsaSignature.ToDer(key.Sign(new byte[32]).Compact);
        var compact = new byte[64];
        var transaction = FloTransaction.Create(2, [new TransactionInput(OutPoint.None with { Index = 1 }, default, 0)], [], 0, default);
        Run([multi, FloScript.PayToPublicKey(key.PublicKey), FloScript.PayToPublicKeyHash(key.PublicKeyHash), der, [.. der, 1]], bytes =>
        {
            FloScript.Classify(bytes);
            EcdsaSignature.TryFromDer(bytes, compact);
            EcdsaSignature.IsStrictDer(bytes);
            SignatureHash.Legacy(transaction, 0, bytes, 1);
            var spending = FloTransaction.Create(2, [transaction.Inputs[0] with { ScriptSig = bytes, Witness = [bytes, bytes] }], [], 0, default);
            ScriptVerifier.Verify(spending, 0, new TransactionOutput(1, bytes), ScriptRules.Consensus);
            ScriptVerifier.Verify(spending, 0, new TransactionOutput(1, FloScript.PayToScriptHash(new byte[20])), ScriptRules.Consensus);
            FloAddress.FromScript(bytes, FloNetwork.Main);
        });
    }

    [Fact]
    public void Texts_of_any_kind_are_refused_or_read()
    {
        var keys = Vectors.Read("keys_addresses.json");
        byte[][] seeds = [.. keys.GetProperty("base58Valid").EnumerateArray().Select(v => Encoding.UTF8.GetBytes(v.Text("string"))),
            Encoding.UTF8.GetBytes(keys.GetProperty("bip44").Text("accountXpub")),
            "flo1qw508d6qejxtdg4y5r3zarvary0c5xw7k00000"u8.ToArray()];
        Run(seeds, bytes =>
        {
            var text = Encoding.Latin1.GetString(bytes);
            if (FloAddress.TryParse(text, FloNetwork.Main, out var address))
            {
                Assert.Equal(address, FloAddress.Parse(address.Text, FloNetwork.Main));
            }

            Refused(() => FloKey.FromWif(text, FloNetwork.Main).Dispose());
            Refused(() => ExtendedKey.Parse(text, FloNetwork.Main).Dispose());
            MessageVerifier.Verify("FDxa2dUXPw592svsebdHfGRHxB46DKWVUy", text, text, FloNetwork.Main);
        });
    }

    [Fact]
    public void Signatures_with_any_bit_changed_are_never_valid()
    {
        using var key = FloKey.FromSecret(Enumerable.Repeat((byte)9, 32).ToArray());
        var address = key.Address(FloNetwork.Main).Text;
        var signature = Convert.FromBase64String(MessageSigner.Sign(key, "the text"));
        for (var bit = 0; bit < signature.Length * 8; bit++)
        {
            var changed = (byte[])signature.Clone();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.NotEqual(MessageVerdict.Valid, MessageVerifier.Verify(address, Convert.ToBase64String(changed), "the text", FloNetwork.Main));
        }
    }

    private static void Refused(Action action)
    {
        try
        {
            action();
        }
        catch (FormatException)
        {
            // The one way out for bad input.
        }
    }

    private static void Run(byte[][] valid, Action<byte[]> parse)
    {
        for (var seed = 0; seed < Cases; seed++)
        {
            var bytes = Mutate(valid, new Random(seed));
            try
            {
                parse(bytes);
            }
            catch (FormatException)
            {
                // The one way out for bad input.
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Seed {seed}, input {Convert.ToHexStringLower(bytes)}", e);
            }
        }
    }

    private static byte[] Mutate(byte[][] valid, Random random)
    {
        var bytes = valid[random.Next(valid.Length)].ToList();
        for (var i = random.Next(1, 5); i > 0; i--)
        {
            var at = random.Next(bytes.Count + 1);
            switch (random.Next(6))
            {
                case 0 when at < bytes.Count:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes.Insert(at, (byte)random.Next(256));
                    break;
                case 2 when at < bytes.Count:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 9), bytes.Count - at));
                    break;
                case 3:
                    bytes.InsertRange(at, [(byte)random.Next(0xfd, 0x100), .. Enumerable.Repeat((byte)random.Next(256), random.Next(1, 9))]);
                    break;
                case 4:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                default:
                    bytes.InsertRange(at, bytes.Take(random.Next(Math.Min(64, bytes.Count + 1))).ToArray());
                    break;
            }
        }

        return [.. bytes];
    }
}
