using System.CommandLine;
using Etdb.Cli.CommandLine;
using Etdb.Cli.Remote;
using Etdb.Silo.Api;
using Etdb.Silo.Security;

namespace Etdb.Cli.Operators;

/// <summary><c>etdb node credential</c>: a node's credential is changed, never shown.</summary>
internal static class NodeCredentialCommand
{
    public static Command Build()
    {
        var node = new Argument<string>("NODE") { Description = "Id of the node; 'etdb node list' shows them." };
        var file = new Option<FileInfo?>("--node-token-file") { Description = "File with the new credential, bearer:TOKEN or basic:USER:PASSWORD; or ETDB_NODE_TOKEN.", HelpName = "FILE" };
        var none = new Option<bool>("--none") { Description = "The node needs no credential." };
        return new Command("credential", "Give the cluster another credential for a node's RPC; the old one is forgotten.") { node, file, none }
            .WithServer()
            .WithExamples("etdb node credential leiden-0f8a1b --node-token-file /etc/etdb/node-token")
            .Does(async (result, output, ct) =>
            {
                var text = result.GetValue(none) ? null : result.GetValue(file) is { } given ? SecretFiles.Read(given.FullName) : Environment.GetEnvironmentVariable("ETDB_NODE_TOKEN");
                if (text is null && !result.GetValue(none))
                {
                    throw new CliException("name the file with the credential (--node-token-file), or say that there is --none.");
                }

                using var client = ServerOptions.Client(result);
                var id = result.GetValue(node)!;
                var done = await client.PostAsync<DoneView>($"nodes/{Uri.EscapeDataString(id)}/credential", new CredentialRequest(text), ct) ?? throw await client.NoSuchNodeAsync(id, ct);
                output.Write(done, writer => writer.WriteLine(done.Text));
                return CliExit.Done;
            });
    }
}
