using System.CommandLine;
using Etdb.Cli.CommandLine;

namespace Etdb.Cli;

/// <summary>The <c>etdb</c> command.</summary>
public static class Program
{
    // How long a command may take to stop after Ctrl-C: the demo ends a silo, its nodes and a chain.
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(60);

    public static async Task<int> Main(string[] args)
    {
        var root = BuildRoot();
        // "@FILE" is an argument of ours ("read it from FILE"), not a file of further arguments.
        var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0)
        {
            await Console.Error.WriteLineAsync(UsageError.Describe(parsed));
            return CliExit.BadInput;
        }

        return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = StopLimit });
    }

    /// <summary>Every command, as one tree.</summary>
    public static RootCommand BuildRoot()
    {
        var root = new RootCommand("Keeps research datasets alive: a replication and seeding cluster over institutional IPFS nodes, reconciled with the FLO ledger.")
        {
            CommandExtensions.JsonOption,
            Demo.DemoCommand.Build(),
            Serve.ServeCommand.Build(),
            Storage.BackupCommand.Build(),
            Storage.RestoreCommand.Build(),
            Storage.TransferCommands.BuildExport(),
            Storage.TransferCommands.BuildImport(),
            Storage.RetentionCommand.Build(),
            Storage.RebuildCommand.Build(),
            Publish.PublishCommand.Build(),
            Remote.StatusCommand.Build(),
            Remote.WhyCommand.Build(),
            Operators.PlanCommand.Build(),
            Operators.AuditCommand.Build(),
            Operators.DrainCommand.Build("etdb drain"),
            Operators.MemberCommands.Build(),
            Operators.PolicyCommands.Build(),
            Access.TokenCommands.Build(),
            Access.LoginCommands.Login(),
            Access.LoginCommands.Logout(),
            Access.LoginCommands.WhoAmI(),
            Access.CallLogCommand.Build(),
            Evidence.EvidenceCommands.Build(),
            Simulate.SimulateCommand.Build(),
            Node.NodeCommands.Build(),
            Flo.FloCommands.Build(),
            Oip.OipCommands.Build(),
            Ledger.LedgerCommands.Build(),
            Ipfs(),
        };
        foreach (var command in Operators.OverrideCommands.Build())
        {
            root.Subcommands.Add(command);
        }

        ExampleHelp.Install(root);
        return root;
    }

    private static Command Ipfs()
    {
        var ipfs = new Command("ipfs", "Work with content: CIDs, CARs, checks of replicas.");
        foreach (var command in Cli.Ipfs.IpfsContentCommands.Build())
        {
            ipfs.Subcommands.Add(command);
        }

        ipfs.Subcommands.Add(Node.IpfsVerifyCommand.Build());
        return ipfs;
    }
}
