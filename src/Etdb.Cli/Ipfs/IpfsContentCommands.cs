using System.CommandLine;
using Etdb.Cli.CommandLine;

namespace Etdb.Cli.Ipfs;

/// <summary>The parts of <c>etdb ipfs</c> that need no node: <c>cid</c> and <c>car pack|verify|unpack</c>. They go below the <c>ipfs</c> command.</summary>
public static class IpfsContentCommands
{
    /// <summary>The commands, without their parent.</summary>
    public static IEnumerable<Command> Build()
    {
        yield return CidCommand.Build();
        yield return new Command("car", "Pack files into a CAR, check one, unpack one; without any node.")
        {
            CarPackCommand.Build(),
            CarVerifyCommand.Build(),
            CarUnpackCommand.Build(),
        };
    }
}
