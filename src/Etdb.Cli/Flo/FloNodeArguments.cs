using System.CommandLine;
using Etdb.Cli.CommandLine;
using Etdb.Ledger.Flo.Rpc;

namespace Etdb.Cli.Flo;

/// <summary>How commands are told which FLO node to talk to.</summary>
internal sealed class FloNodeArguments
{
    private readonly Option<string> _node = new("--flo")
    {
        Description = "JSON-RPC of the FLO node, with user and password in it.",
        DefaultValueFactory = _ => "http://127.0.0.1:7313",
    };

    private readonly Option<string?> _cookie = new("--flo-cookie") { Description = "Cookie file of the FLO node, instead of user and password." };

    /// <summary>Adds both options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_node);
        command.Options.Add(_cookie);
    }

    /// <summary>The caller named a node.</summary>
    public bool IsGiven(ParseResult result) => result.GetResult(_node) is { Implicit: false };

    /// <summary>What the caller gave.</summary>
    /// <exception cref="CliException">It is no http address.</exception>
    public FloRpcOptions Read(ParseResult result)
    {
        var address = Uri.TryCreate(result.GetValue(_node), UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? uri
            : throw new CliException($"{_node.Name} takes an http address, such as http://user:password@127.0.0.1:7313.");
        var user = address.UserInfo.Split(':', 2);
        return new FloRpcOptions
        {
            Endpoint = new UriBuilder(address) { UserName = "", Password = "" }.Uri,
            User = user[0].Length == 0 ? null : Uri.UnescapeDataString(user[0]),
            Password = user.Length == 2 ? new RpcPassword(Uri.UnescapeDataString(user[1])) : null,
            CookieFile = result.GetValue(_cookie),
        };
    }
}
