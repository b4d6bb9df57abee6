using System.CommandLine;

namespace Etdb.Cli.Ledger;

/// <summary><c>etdb ledger …</c>: records that stay provable when the chain is gone.</summary>
public static class LedgerCommands
{
    public static Command Build() => new("ledger", "Read a chain into an index, export the evidence of records, and verify it without any node.")
    {
        IndexCommand.Build(),
        ExportCommand.Build(),
        VerifyCommand.Build(),
    };
}
