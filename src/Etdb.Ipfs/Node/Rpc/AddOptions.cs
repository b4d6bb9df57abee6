using System.Globalization;
using Etdb.Ipfs.UnixFs;

namespace Etdb.Ipfs.Node.Rpc;

/// <summary>The options of <c>add</c>. What would change the CID and is not supported is refused, so that no one gets another CID than asked for.</summary>
internal static class AddOptions
{
    private static readonly string[] Refused = ["trickle", "nocopy", "inline", "fscache", "preserve-mode", "preserve-mtime"];

    public static ImportProfile ProfileOf(RpcCall call)
    {
        foreach (var name in Refused)
        {
            if (call.Flag(name, false))
            {
                throw RpcException.BadArgument($"option {name} is not supported by this node");
            }
        }

        if (call.Text("hash") is { } hash && hash != "sha2-256")
        {
            throw RpcException.BadArgument($"hash {hash} is not supported by this node, sha2-256 is");
        }

        var profile = call.Text("profile") is { } named
            ? ImportProfile.ByName(named) ?? throw RpcException.BadArgument($"profile '{named}' is not known: unixfs-v0-2015 and unixfs-v1-2025 are")
            : ImportProfile.V0Of2015;
        if (call.Text("cid-version") is { } version)
        {
            var number = int.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) ? parsed : -1;
            profile = profile with { CidVersion = number, RawLeaves = number == 1 };
        }

        if (call.Text("raw-leaves") is not null)
        {
            profile = profile with { RawLeaves = call.Flag("raw-leaves", false) };
        }

        if (call.Text("max-file-links") is not null)
        {
            profile = profile with { FileLinks = (int)Math.Clamp(call.Number("max-file-links", profile.FileLinks), int.MinValue, int.MaxValue) };
        }

        profile = call.Text("chunker") is { } chunker ? profile.WithChunker(chunker) : profile;
        return profile.Problem() is { } problem ? throw RpcException.BadArgument(problem) : profile;
    }
}
