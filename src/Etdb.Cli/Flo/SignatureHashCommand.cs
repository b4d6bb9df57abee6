using System.CommandLine;
using System.Globalization;
using Etdb.Cli.CommandLine;
using Etdb.Ledger.Flo.Crypto;
using Etdb.Ledger.Flo.Wire;

namespace Etdb.Cli.Flo;

/// <summary><c>etdb flo sighash HEX</c>: the digest a signature of an input signs.</summary>
internal static class SignatureHashCommand
{
    public static Command Build()
    {
        var hex = new Argument<string>("hex") { Description = "The transaction in hex, or @FILE." };
        var input = new Option<int>("--input") { Description = "Which input, from 0.", Required = true };
        var script = new Option<string>("--script") { Description = "The script that checks the signature, in hex; may be empty.", Required = true };
        var type = new Option<string>("--type") { Description = "Hash type: all 32 bits, decimal (may be negative) or 0x….", Required = true };
        var amount = new Option<long>("--amount") { Description = "Satoshi of the spent output (with --witness)." };
        var witness = new Option<bool>("--witness") { Description = "Witness version 0 (BIP 143) instead of legacy." };
        var command = new Command("sighash", "Compute a signature hash, in the order block explorers print hashes.") { hex, input, script, type, amount, witness };
        command.Does((result, output) =>
        {
            var raw = FloArguments.ReadHex(result.GetValue(hex)!, "The transaction");
            var transaction = FloArguments.Parse("The transaction", () => FloTransaction.Parse(raw));
            var code = result.GetValue(script) is { Length: > 0 } text ? FloArguments.ReadHex(text, "--script") : [];
            var hash = Compute(transaction, result.GetValue(input), code, ReadType(result.GetValue(type)!), result.GetValue(witness), result.GetValue(amount));
            output.WriteJson(new { sighash = hash.ToString(), sighashWire = Convert.ToHexStringLower(hash.ToArray()) });
            return CliExit.Done;
        });
        return command.WithExamples("etdb flo sighash 02000000… --input 0 --script 76a9…88ac --type 1", "etdb flo sighash @tx.hex --input 0 --script 76a9…88ac --type 1 --witness --amount 5000");
    }

    private static Hash256 Compute(FloTransaction transaction, int input, byte[] code, int type, bool witness, long amount)
    {
        if (!witness)
        {
            return SignatureHash.Legacy(transaction, input, code, type);
        }

        return input >= 0 && input < transaction.Inputs.Length
            ? SignatureHash.WitnessV0(transaction, input, code, amount, type)
            : throw new CliException($"--input {input} is not one of the transaction's {transaction.Inputs.Length}.");
    }

    private static int ReadType(string text)
    {
        var hex = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        var style = hex ? NumberStyles.AllowHexSpecifier : NumberStyles.AllowLeadingSign;
        return long.TryParse(hex ? text[2..] : text, style, CultureInfo.InvariantCulture, out var number) && number is >= int.MinValue and <= uint.MaxValue
            ? unchecked((int)number)
            : throw new CliException($"--type '{text}' is no 32-bit number.");
    }
}
