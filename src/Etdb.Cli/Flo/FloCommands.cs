using System.CommandLine;
using Etdb.Cli.CommandLine;

namespace Etdb.Cli.Flo;

/// <summary><c>etdb flo …</c>: transactions, blocks, addresses, keys and messages of the FLO chain, without any node.</summary>
public static class FloCommands
{
    /// <summary>The command with all below it.</summary>
    public static Command Build() => new Command("flo", "Look into FLO: transactions, blocks, addresses, keys, signed messages; and a chain for development.")
    {
        TransactionCommand.Build(),
        SignatureHashCommand.Build(),
        BlockCommand.Build(),
        AddressCommand.Build(),
        MessageCommands.BuildVerify(),
        MessageCommands.BuildSign(),
        KeyCommands.Build(),
        SignerCommand.Build(),
        DevChainCommand.Build(),
    }.WithExamples("etdb flo tx 0200000001… --json", "etdb flo address FTSTq8xx8yWUKJA5E3bgXLzZqqG9V6dvnr");
}
