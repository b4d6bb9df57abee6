namespace Etdb.Ipfs.Node.Rpc;

/// <summary>Ends a call with an error in Kubo's form: a status and <c>{"Message","Code","Type":"error"}</c>.</summary>
internal sealed class RpcException(string message, int status = 500, int code = 0) : Exception(message)
{
    public int Status { get; } = status;

    public int Code { get; } = code;

    /// <summary>The caller's mistake.</summary>
    public static RpcException BadArgument(string message) => new(message, 400, 1);
}
