using Etdb.Domain.Access;
using Etdb.Grains.Access;
using Etdb.Simulation;

namespace Etdb.Grains.Tests.Access;

/// <summary>Tokens over virtual time: they end when they should, and what was revoked stays so through a crash.</summary>
public sealed class AccessGrainTests : IDisposable
{
    private readonly World _world;

    public AccessGrainTests()
    {
        var settings = new SimulationSettings { Seed = 5, Datasets = 1, Nodes = 1, Members = 1, Target = 1, Profile = FaultProfile.DisksOnly };
        _world = new World(settings, Setup.Options(settings));
    }

    private IAccessGrain Grain => _world.Silo.Grains.GetGrain<IAccessGrain>(IAccessGrain.Key);

    [Fact]
    public void A_token_opens_until_it_expires()
    {
        var text = Add(1, days: 3);
        Assert.Equal(TokenVerdict.Valid, Check(text));
        _world.Silo.AdvanceBy(TimeSpan.FromDays(2.99));
        Assert.Equal(TokenVerdict.Valid, Check(text));
        _world.Silo.AdvanceBy(TimeSpan.FromDays(0.02));
        Assert.Equal(TokenVerdict.Expired, Check(text));
    }

    [Fact]
    public void Another_secret_or_id_is_unknown()
    {
        var (first, second) = (Add(1), Add(2));
        Assert.Equal(TokenVerdict.Unknown, _world.Silo.Run(() => Grain.Check(first.Id, second.Hash)).Verdict);
        Assert.Equal(TokenVerdict.Unknown, _world.Silo.Run(() => Grain.Check("000000000000", first.Hash)).Verdict);
        Assert.Null(_world.Silo.Run(() => Grain.Check(first.Id, second.Hash)).Token);
    }

    [Fact]
    public void A_revoked_token_and_its_sessions_open_nothing_even_after_a_crash()
    {
        var parent = Add(1);
        var session = Add(2, kind: TokenKind.Session, parent: parent.Id);
        Assert.Equal(TokenVerdict.Valid, Check(session));
        Assert.NotNull(_world.Silo.Run(() => Grain.Revoke(parent.Id))!.RevokedAt);
        _world.Silo.Crash();
        _world.Silo.Start();
        Assert.Equal(TokenVerdict.Revoked, Check(parent));
        Assert.Equal(TokenVerdict.Revoked, Check(session));
        Assert.Null(_world.Silo.Run(() => Grain.Revoke("unknown")));
    }

    /// <summary>Whoever has a session's secret can open another with it; all of them rest on the token.</summary>
    [Fact]
    public void A_session_that_a_session_opened_ends_with_the_token_too()
    {
        var token = Add(1);
        var session = Add(2, kind: TokenKind.Session, parent: token.Id);
        var second = Add(3, kind: TokenKind.Session, parent: session.Id);
        Assert.Equal((TokenVerdict.Valid, TokenVerdict.Valid), (Check(session), Check(second)));
        _world.Silo.Run(() => Grain.Revoke(token.Id));
        Assert.Equal((TokenVerdict.Revoked, TokenVerdict.Revoked), (Check(session), Check(second)));
    }

    [Fact]
    public void Sessions_that_rest_on_each_other_open_nothing()
    {
        var (one, two) = (Add(1, kind: TokenKind.Session, parent: Text(2).Id), Add(2, kind: TokenKind.Session, parent: Text(1).Id));
        Assert.Equal((TokenVerdict.Revoked, TokenVerdict.Revoked), (Check(one), Check(two)));
    }

    [Fact]
    public void The_last_use_is_listed_and_no_secret_is()
    {
        var text = Add(1);
        Assert.Null(List().Single().LastUsedAt);
        Check(text);
        var listed = List().Single();
        Assert.NotNull(listed.LastUsedAt);
        Assert.DoesNotContain(text.Hash, System.Text.Json.JsonSerializer.Serialize(listed), StringComparison.Ordinal);
    }

    [Fact]
    public void Ended_tokens_are_forgotten_after_a_while_and_an_id_is_never_given_twice()
    {
        Add(1, days: 1);
        Assert.False(_world.Silo.Run(() => Grain.Add(Token(1, 1, TokenKind.Token, null))));
        _world.Silo.AdvanceBy(TimeSpan.FromDays(60));
        Add(2, days: 200);
        Assert.Equal(2, List().Count);
        _world.Silo.AdvanceBy(TimeSpan.FromDays(60));
        Add(3);
        Assert.Equal(2, List().Count);
    }

    [Fact]
    public void Sessions_of_one_name_end_oldest_first_when_there_are_too_many()
    {
        var parent = Add(1);
        var sessions = Enumerable.Range(2, AccessGrain.SessionsPerName + 1).Select(i =>
        {
            _world.Silo.AdvanceBy(TimeSpan.FromMinutes(1));
            return Add(i, kind: TokenKind.Session, parent: parent.Id);
        }).ToList();
        Assert.Equal(TokenVerdict.Unknown, Check(sessions[0]));
        Assert.All(sessions.Skip(1), s => Assert.Equal(TokenVerdict.Valid, Check(s)));
    }

    /// <summary>Anybody may make keys and sign in with each: that must leave room for tokens, and for who signs in after it.</summary>
    [Fact]
    public void A_flood_of_proofs_takes_no_place_but_that_of_proofs()
    {
        var (token, session) = (Add(1), Add(2, kind: TokenKind.Session, parent: Text(1).Id));
        for (var n = 0; n <= AccessGrain.SessionsMaximum; n++)
        {
            var proof = Token(3, 1, TokenKind.Proof, null) with { Id = n.ToString("x12", System.Globalization.CultureInfo.InvariantCulture), Name = $"key {n}", CreatedAt = _world.Now + TimeSpan.FromSeconds(n) };
            Assert.True(_world.Silo.Run(() => Grain.Add(proof)));
        }

        Assert.Equal(AccessGrain.SessionsMaximum + 2, List().Count);
        Assert.DoesNotContain(List(), t => t.Name == "key 0");
        Assert.Equal((TokenVerdict.Valid, TokenVerdict.Valid), (Check(token), Check(session)));
    }

    [Fact]
    public void The_first_admin_is_made_only_while_there_is_no_other()
    {
        Assert.True(_world.Silo.Run(() => Grain.AddFirst(Token(1, 1, TokenKind.Token, null))));
        Assert.False(_world.Silo.Run(() => Grain.AddFirst(Token(2, 1, TokenKind.Token, null))));
        _world.Silo.AdvanceBy(TimeSpan.FromDays(2));
        Assert.True(_world.Silo.Run(() => Grain.AddFirst(Token(3, 1, TokenKind.Token, null))));
    }

    [Fact]
    public void What_may_be_used_once_is_used_once_even_across_a_crash()
    {
        var until = _world.Now + TimeSpan.FromMinutes(5);
        Assert.True(_world.Silo.Run(() => Grain.Spend("n", until)));
        _world.Silo.Crash();
        _world.Silo.Start();
        Assert.False(_world.Silo.Run(() => Grain.Spend("n", until)));
    }

    /// <summary>A silo whose clock is behind believes a text that by the grain's clock is over, and was forgotten.</summary>
    [Fact]
    public void What_was_used_once_is_not_used_again_after_its_time()
    {
        var until = _world.Now + TimeSpan.FromMinutes(5);
        Assert.True(_world.Silo.Run(() => Grain.Spend("n", until)));
        _world.Silo.AdvanceBy(TimeSpan.FromMinutes(6));
        Assert.True(_world.Silo.Run(() => Grain.Spend("other", _world.Now + TimeSpan.FromMinutes(5))));
        Assert.False(_world.Silo.Run(() => Grain.Spend("n", until)));
    }

    /// <inheritdoc/>
    public void Dispose() => _world.Dispose();

    private TokenText Add(int number, double days = 30, TokenKind kind = TokenKind.Token, string? parent = null)
    {
        Assert.True(_world.Silo.Run(() => Grain.Add(Token(number, days, kind, parent))));
        return Text(number);
    }

    private AccessToken Token(int number, double days, TokenKind kind, string? parent) => new()
    {
        Id = Text(number).Id, Hash = Text(number).Hash, Name = kind == TokenKind.Token ? $"token {number}" : "Ada", Kind = kind, Grants = [new Grant(Role.Admin, null)],
        CreatedAt = _world.Now, CreatedBy = "test", ExpiresAt = _world.Now + TimeSpan.FromDays(days), Parent = parent,
    };

    private static TokenText Text(int number) => TokenText.FromEntropy([.. Enumerable.Repeat((byte)number, TokenText.EntropyBytes)]);

    private TokenVerdict Check(TokenText text) => _world.Silo.Run(() => Grain.Check(text.Id, text.Hash)).Verdict;

    private IReadOnlyList<TokenView> List() => _world.Read(g => g.GetGrain<IAccessGrain>(IAccessGrain.Key).List());
}
