using System.Collections.Immutable;
using Etdb.Domain.Access;
using Etdb.Grains.State;

namespace Etdb.Grains.Access;

/// <summary>See <see cref="IAccessGrain"/>. It calls no other grain. Reentrant: state is changed whole, between awaits.</summary>
[Reentrant]
[ResourceOptimizedPlacement] // One, asked by every silo with each call that bears a token: wherever there is room.
public sealed class AccessGrain : Grain, IAccessGrain
{
    /// <summary>Tokens kept at most, ended ones included.</summary>
    public const int TokensMaximum = 10_000;

    /// <summary>Live sessions and proofs of one name; a new one ends the oldest.</summary>
    public const int SessionsPerName = 10;

    /// <summary>Sessions kept at most, and as many proofs; a new one ends the oldest.</summary>
    public const int SessionsMaximum = 1_000;

    private const int SpentMaximum = 100_000;
    private const int ParentsMaximum = 4;

    /// <summary>Ended tokens are listed this long, so that it can be seen what became of them; sessions and proofs for a day.</summary>
    private static readonly TimeSpan EndedKept = TimeSpan.FromDays(90);
    private static readonly TimeSpan SessionKept = TimeSpan.FromDays(1);

    /// <summary>A use is written down at most this often.</summary>
    private static readonly TimeSpan UseWrittenEvery = TimeSpan.FromMinutes(5);

    private readonly StateWriter<AccessState> _state;
    private readonly Reporter _reporter;

    public AccessGrain([PersistentState("access", StorageNames.Grains)] IPersistentState<AccessState> state, Reporter reporter)
    {
        _state = new StateWriter<AccessState>(state, DeactivateOnIdle);
        _reporter = reporter;
    }

    /// <inheritdoc/>
    public async Task<bool> Add(AccessToken token)
    {
        ArgumentNullException.ThrowIfNull(token);
        var tokens = Kept();
        if (tokens.ContainsKey(token.Id))
        {
            return false;
        }

        if (token.Kind != TokenKind.Token)
        {
            var own = tokens.Values.Where(t => t.Kind == token.Kind && t.Name == token.Name && t.IsLive(_reporter.Now)).OrderByDescending(t => t.CreatedAt).Skip(SessionsPerName - 1);
            tokens = tokens.RemoveRange(own.Select(t => t.Id).ToList());
            // Keys cost nothing, so that anybody may sign in under as many names as it likes: that takes the place of others who signed in, never that of tokens.
            var all = tokens.Values.Where(t => t.Kind == token.Kind).OrderByDescending(t => t.IsLive(_reporter.Now)).ThenByDescending(t => t.CreatedAt).Skip(SessionsMaximum - 1);
            tokens = tokens.RemoveRange(all.Select(t => t.Id).ToList());
        }

        if (tokens.Count >= TokensMaximum)
        {
            return false;
        }

        _state.Value = _state.Value with { Tokens = tokens.Add(token.Id, token) };
        await _state.SaveAsync();
        return true;
    }

    /// <inheritdoc/>
    public async Task<bool> AddFirst(AccessToken token)
    {
        var now = _reporter.Now;
        var held = _state.Value.Tokens.Values.Any(t => t.Kind == TokenKind.Token && t.IsLive(now) && t.Grants.Any(g => g.Role == Role.Admin));
        return !held && await Add(token);
    }

    /// <inheritdoc/>
    public async Task<TokenAnswer> Check(string id, string hash)
    {
        var now = _reporter.Now;
        if (!_state.Value.Tokens.TryGetValue(id, out var token) || !TokenText.SameHash(token.Hash, hash))
        {
            return new TokenAnswer(TokenVerdict.Unknown, null);
        }

        if (token.RevokedAt is not null || !ParentsLive(token, now))
        {
            return new TokenAnswer(TokenVerdict.Revoked, null);
        }

        if (now >= token.ExpiresAt)
        {
            return new TokenAnswer(TokenVerdict.Expired, null);
        }

        if (token.LastUsedAt is not { } last || now - last >= UseWrittenEvery)
        {
            token = token with { LastUsedAt = now };
            _state.Value = _state.Value with { Tokens = _state.Value.Tokens.SetItem(id, token) };
            await _state.SaveAsync();
        }

        return new TokenAnswer(TokenVerdict.Valid, View(token));
    }

    /// <inheritdoc/>
    public async Task<TokenView?> Revoke(string id)
    {
        if (!_state.Value.Tokens.TryGetValue(id, out var token))
        {
            return null;
        }

        if (token.RevokedAt is null)
        {
            token = token with { RevokedAt = _reporter.Now };
            _state.Value = _state.Value with { Tokens = _state.Value.Tokens.SetItem(id, token) };
            await _state.SaveAsync();
        }

        return View(token);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<TokenView>> List()
        => Task.FromResult<IReadOnlyList<TokenView>>([.. _state.Value.Tokens.Values.OrderByDescending(t => t.CreatedAt).ThenBy(t => t.Id, StringComparer.Ordinal).Select(View)]);

    /// <inheritdoc/>
    public async Task<bool> Spend(string nonce, DateTimeOffset keepUntil)
    {
        var now = _reporter.Now;
        var spent = _state.Value.Spent;
        spent = spent.RemoveRange(spent.Where(s => s.Value < now).Select(s => s.Key).ToList());
        // What is over by this clock is not remembered any more; a silo whose clock is behind may still offer it.
        if (keepUntil < now || spent.ContainsKey(nonce) || spent.Count >= SpentMaximum)
        {
            return false;
        }

        _state.Value = _state.Value with { Spent = spent.Add(nonce, keepUntil) };
        await _state.SaveAsync();
        return true;
    }

    /// <summary>Whether all that a session rests on is live: a session that was opened with a session ends with the token of that one too.</summary>
    private bool ParentsLive(AccessToken token, DateTimeOffset now)
    {
        for (var depth = 0; token.Parent is { } parent; depth++)
        {
            if (depth == ParentsMaximum || !_state.Value.Tokens.TryGetValue(parent, out var opened) || !opened.IsLive(now))
            {
                return false;
            }

            token = opened;
        }

        return true;
    }

    /// <summary>What is still kept: live tokens, and ended ones for a while.</summary>
    private ImmutableSortedDictionary<string, AccessToken> Kept()
    {
        var now = _reporter.Now;
        var old = _state.Value.Tokens.Values.Where(t => !t.IsLive(now) && now - (t.RevokedAt ?? t.ExpiresAt) > (t.Kind == TokenKind.Token ? EndedKept : SessionKept)).Select(t => t.Id).ToList();
        return _state.Value.Tokens.RemoveRange(old);
    }

    private static TokenView View(AccessToken t) => new(t.Id, t.Name, t.Kind, [.. t.Grants.Select(g => g.ToString())], t.CreatedAt, t.CreatedBy, t.ExpiresAt, t.RevokedAt, t.LastUsedAt);
}
