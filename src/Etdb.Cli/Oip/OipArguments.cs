using System.CommandLine;
using Etdb.Cli.CommandLine;
using Etdb.Ledger.Flo;

namespace Etdb.Cli.Oip;

/// <summary>What the OIP and ledger commands share.</summary>
internal static class OipArguments
{
    public static Option<string> Network() => new("--network")
    {
        Description = "FLO network: main, test, regtest or development.",
        DefaultValueFactory = _ => "main",
    };

    public static FloNetwork Find(string name) =>
        FloNetwork.Find(name) ?? throw new CliException($"'{name}' is no FLO network; give main, test, regtest or development.");
}
