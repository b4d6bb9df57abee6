using System.CommandLine;

namespace Etdb.Cli.Node;

/// <summary><c>etdb node init|run|status|gc|verify</c>: the embedded IPFS node of a member who runs no Kubo; <c>list|drain|undrain|maintain|look|credential</c>: the nodes of a cluster.</summary>
public static class NodeCommands
{
    /// <summary>The folder of a node, common to its commands.</summary>
    internal static Option<string> DataOption() => new("--data")
    {
        Description = "Folder of the node (identity, node.json, blocks).",
        DefaultValueFactory = static _ => Environment.GetEnvironmentVariable("ETDB_NODE") is { Length: > 0 } given ? given : "etdb-node",
    };

    /// <summary>The command with those below it.</summary>
    public static Command Build()
    {
        var node = new Command("node", "Run the embedded IPFS node (init, run, status, gc, verify), or look after a cluster's nodes (list, drain, undrain, maintain, look, credential).")
        {
            NodeInitCommand.Build(),
            NodeRunCommand.Build(),
            NodeStatusCommand.Build(),
            NodeCollectCommand.Build(),
            NodeVerifyCommand.Build(),
        };
        foreach (var act in Operators.NodeActCommands.Build())
        {
            node.Subcommands.Add(act);
        }

        return node;
    }
}
