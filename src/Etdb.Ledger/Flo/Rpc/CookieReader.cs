namespace Etdb.Ledger.Flo.Rpc;

/// <summary>Gives <c>user:password</c> from the options or from the node's cookie file, which is read once and again on demand.</summary>
internal sealed class CookieReader(FloRpcOptions options)
{
    private const int MaxCookieBytes = 4096;

    // Written and read by any thread; a stale value costs one refused request.
    private volatile string? _cached;

    public async Task<string?> ReadAsync(bool fresh, CancellationToken cancellationToken)
    {
        if (options.CookieFile is null)
        {
            return options.User is null ? null : $"{options.User}:{options.Password?.Value}";
        }

        if (fresh || _cached is null)
        {
            _cached = await ReadFileAsync(options.CookieFile, cancellationToken).ConfigureAwait(false);
        }

        return _cached;
    }

    private async Task<string> ReadFileAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            if (new FileInfo(path).Length > MaxCookieBytes)
            {
                throw new FloNodeException(FloNodeFailure.Unauthorized, $"The cookie file {path} is larger than {MaxCookieBytes} bytes; it is not a node's.");
            }

            return (await File.ReadAllTextAsync(path, cancellationToken).ConfigureAwait(false)).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FloNodeException(FloNodeFailure.Unreachable, $"The cookie file {path} of {options.Endpoint} cannot be read: {e.Message}", null, e);
        }
    }
}
