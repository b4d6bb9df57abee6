using System.Security.Cryptography;
using Etdb.Domain.Access;
using Etdb.Grains.Access;
using Etdb.Silo.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;

namespace Etdb.Silo.Security;

/// <summary>
/// Where nobody is anything without a token, somebody must have the first: while no admin's token is live, one that lasts a week is written to
/// <c>admin.token</c> in the data folder, readable by the silo's user alone. The file is written before the token holds.
/// </summary>
internal sealed partial class FirstAdmin(IServiceProvider services, IGrainFactory grains, SiloOptions silo, AccessOptions access, TimeProvider time, ILogger<FirstAdmin> logger) : BackgroundService
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "admin.token";

    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);

    /// <summary>A key that cannot be read is told at the start, not when the first credential is needed.</summary>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        services.GetRequiredService<ClusterSecrets>();
        foreach (var path in LooseSecrets.Find(silo))
        {
            Loose(logger, path);
        }

        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (access.NeedsTokens && !stoppingToken.IsCancellationRequested)
        {
            try
            {
                await OfferAsync();
                return;
            }
            catch (Exception e) when (e is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                NotYet(logger, e.Message);
                await Task.Delay(RetryAfter, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task OfferAsync()
    {
        var grain = grains.GetGrain<IAccessGrain>(IAccessGrain.Key);
        var now = time.GetUtcNow();
        if ((await grain.List()).Any(t => t.Kind == TokenKind.Token && t.RevokedAt is null && now < t.ExpiresAt && t.Grants.Contains("admin", StringComparer.Ordinal)))
        {
            return;
        }

        var text = TokenText.FromEntropy(RandomNumberGenerator.GetBytes(TokenText.EntropyBytes));
        var path = Path.Combine(silo.DataFolder, FileName);
        SecretFiles.Write(path, text.Reveal());
        var token = new AccessToken
        {
            Id = text.Id, Hash = text.Hash, Name = "first-admin", Grants = [new Grant(Role.Admin, null)], CreatedAt = now, CreatedBy = "start of the silo", ExpiresAt = now + Lifetime,
        };
        if (await grain.AddFirst(token))
        {
            Written(logger, path, token.ExpiresAt);
        }
        else
        {
            File.Delete(path);
        }
    }

    [LoggerMessage(5310, LogLevel.Warning, "'{Path}' holds a secret and may be read or changed by others on this machine: 'chmod 600' it (640 for a group of its own), and think of the secret as known.")]
    private static partial void Loose(ILogger logger, string path);

    [LoggerMessage(5304, LogLevel.Warning, "There was no admin's token: one is in {Path} until {Until:u}. Make your own with 'etdb token create', then revoke it and delete the file.")]
    private static partial void Written(ILogger logger, string path, DateTimeOffset until);

    [LoggerMessage(5305, LogLevel.Warning, "The first admin's token could not be made yet: {Problem}")]
    private static partial void NotYet(ILogger logger, string problem);
}
