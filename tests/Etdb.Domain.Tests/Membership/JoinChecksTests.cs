using Etdb.Domain.Membership;

namespace Etdb.Domain.Tests.Membership;

/// <summary>Each thing that can be wrong with a node fails its own check, with what to do; nothing else does.</summary>
public sealed class JoinChecksTests
{
    private static readonly JoinFindings Good = new()
    {
        Encrypted = true,
        HasCredential = true,
        Agent = "kubo/0.42.0",
        PeerId = "12D3",
        RepositoryId = "r",
        WithoutCredential = CallAnswer.Refused,
        Needed = Answers(CallAnswer.Open, "id", "pin/add", "block/get"),
        Excessive = Answers(CallAnswer.Refused, "config/show"),
        CapacityBytes = 4_000_000_000_000,
        UsedBytes = 1_000_000_000,
        CollectsGarbage = false,
        ClockAhead = TimeSpan.FromSeconds(1),
    };

    public static TheoryData<string, string> Defects => new()
    {
        { "address", "inside" }, { "address", "credential in clear" }, { "reachability", "no answer" }, { "reachability", "gateway" }, { "version", "old kubo" }, { "version", "unknown software" },
        { "authorization", "path missing" }, { "authorization", "open to all" }, { "authorization", "no answer to one call" }, { "authorization", "no answer to strangers" },
        { "space", "full" }, { "space", "pledge" }, { "space", "says nothing" }, { "space", "says not what it holds" }, { "garbage", "on" },
        { "clock", "node" }, { "clock", "operator" }, { "identity", "twice" }, { "identity", "nameless" },
    };

    [Fact]
    public void A_good_node_passes_every_check()
    {
        var checks = Judge(Good);
        Assert.All(checks, c => Assert.Equal((CheckResult.Passed, null), (c.Result, c.Advice)));
        Assert.Equal(["address", "reachability", "version", "authorization", "space", "garbage", "clock", "identity"], checks.Select(c => c.Name));
        Assert.True(JoinChecks.MayJoin(checks));
    }

    [Theory]
    [MemberData(nameof(Defects))]
    public void A_defect_fails_its_check_and_says_what_to_do(string check, string defect)
    {
        var checks = Judge(With(defect));
        Assert.False(JoinChecks.MayJoin(checks));
        var failed = Assert.Single(checks, c => c.Result == CheckResult.Failed);
        Assert.Equal(check, failed.Name);
        Assert.NotEmpty(failed.Text);
        Assert.NotEmpty(failed.Advice!);
    }

    [Theory]
    [InlineData("js-ipfs/0.18.1", "version")]
    [InlineData("excess", "authorization")]
    [InlineData("gc unknown", "garbage")]
    [InlineData("clock a little", "clock")]
    public void What_is_only_unwise_is_told_and_let_in(string what, string check)
    {
        var seen = what switch
        {
            "excess" => Good with { Excessive = Answers(CallAnswer.Open, "config/show") },
            "gc unknown" => Good with { CollectsGarbage = null },
            "clock a little" => Good with { ClockAhead = TimeSpan.FromSeconds(-45) },
            _ => Good with { Agent = what },
        };
        var checks = Judge(seen);
        Assert.True(JoinChecks.MayJoin(checks));
        Assert.Equal(check, Assert.Single(checks, c => c.Result == CheckResult.Warning).Name);
    }

    [Theory]
    [InlineData("etdb-node/0.1.0")]
    [InlineData("kubo/0.25.0")]
    [InlineData("kubo/0.43.0-dev/abc")]
    public void Software_that_is_known_to_do_passes(string agent) => Assert.True(JoinChecks.MayJoin(Judge(Good with { Agent = agent })));

    [Fact]
    public void A_node_on_a_trusted_network_needs_neither_tls_nor_a_credential()
        => Assert.True(JoinChecks.MayJoin(Judge(Good with { Trusted = true, Encrypted = false, HasCredential = false, WithoutCredential = CallAnswer.Open })));

    private static JoinFindings With(string defect) => defect switch
    {
        "inside" => Good with { AddressProblem = "10.0.0.1 is not a public address.", Agent = null },
        "credential in clear" => Good with { Encrypted = false },
        "no answer" => Good with { RpcProblem = "refused", Agent = null },
        "gateway" => Good with { GatewayProblem = "status 502" },
        "old kubo" => Good with { Agent = "kubo/0.24.0" },
        "unknown software" => Good with { Agent = "rust-ipfs/1.0" },
        "path missing" => Good with { Needed = Answers(CallAnswer.Refused, "pin/add") },
        "no answer to one call" => Good with { Needed = new Dictionary<string, CallAnswer>(StringComparer.Ordinal) { ["id"] = CallAnswer.Open, ["pin/rm"] = CallAnswer.Unknown } },
        "no answer to strangers" => Good with { WithoutCredential = CallAnswer.Unknown },
        "says not what it holds" => Good with { UsedBytes = null },
        "nameless" => Good with { RepositoryId = null, PeerId = "" },
        "open to all" => Good with { WithoutCredential = CallAnswer.Open },
        "full" => Good with { UsedBytes = 3_999_999_999_999 },
        "pledge" => Good with { CapacityBytes = 3_000_000_000_000 },
        "says nothing" => Good with { CapacityBytes = 0 },
        "on" => Good with { CollectsGarbage = true },
        "node" => Good with { ClockAhead = TimeSpan.FromMinutes(-6) },
        "operator" => Good with { OperatorClockAhead = TimeSpan.FromHours(1) },
        "twice" => Good with { SameAs = "n1" },
        _ => throw new ArgumentOutOfRangeException(nameof(defect)),
    };

    private static IReadOnlyList<JoinCheck> Judge(JoinFindings seen) => JoinChecks.Judge(seen, new JoinRequirements(), 3_500_000_000_000);

    private static Dictionary<string, CallAnswer> Answers(CallAnswer answer, params string[] paths) => paths.ToDictionary(p => p, _ => answer, StringComparer.Ordinal);
}
