using System.CommandLine;
using Etdb.Cli.CommandLine;
using Etdb.Ledger.Flo.Addresses;

namespace Etdb.Cli.Flo;

/// <summary><c>etdb flo address A</c>: whether a text is an address, of which network and kind.</summary>
internal static class AddressCommand
{
    public static Command Build()
    {
        var text = new Argument<string>("address");
        var network = FloArguments.Network();
        var command = new Command("address", "Check an address; exit 1 when it is none.") { text, network };
        command.Does((result, output) =>
        {
            var chosen = FloArguments.ReadNetwork(result, network);
            var given = result.GetValue(text)!;
            var address = chosen is null ? FloAddress.ParseAny(given) : FloAddress.TryParse(given, chosen, out var parsed) ? parsed : null;
            output.WriteJson(new
            {
                valid = address is not null,
                network = address?.Network.Name,
                kind = address is null ? null : Kind(address.Kind),
                hash160 = address is null || address.Kind == FloAddressKind.WitnessScriptHash ? null : Convert.ToHexStringLower(address.Hash),
                sha256 = address?.Kind == FloAddressKind.WitnessScriptHash ? Convert.ToHexStringLower(address.Hash) : null,
                canonical = address?.Text,
            });
            return address is null ? CliExit.No : CliExit.Done;
        });
        return command.WithExamples("etdb flo address FTSTq8xx8yWUKJA5E3bgXLzZqqG9V6dvnr --json");
    }

    private static string Kind(FloAddressKind kind) => kind switch
    {
        FloAddressKind.PublicKeyHash => "p2pkh",
        FloAddressKind.ScriptHash => "p2sh",
        FloAddressKind.WitnessPublicKeyHash => "p2wpkh",
        _ => "p2wsh",
    };
}
