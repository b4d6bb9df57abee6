using System.CommandLine;

namespace Etdb.Cli.Ledger;

/// <summary><c>etdb ledger …</c>: records that stay provable when the chain is gone.</summary>
public static class LedgerCommands
{
    public static Command Build() => new("ledger", "Export the evidence of records, and verify it without any node.")
    {
        ExportCommand.Build(),
        VerifyCommand.Build(),
    };
}
