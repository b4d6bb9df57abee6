using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Etdb.Domain.Access;
using Etdb.Domain.Membership;
using Etdb.Domain.Replication;
using Etdb.Grains.Access;
using Etdb.Grains.Datasets;
using Etdb.Grains.Ledger;
using Etdb.Grains.Members;
using Etdb.Grains.Nodes;
using Etdb.Grains.Publishers;
using Etdb.Grains.Repair;
using Etdb.Grains.State;
using Etdb.Storage.Grains;
using Orleans;
using Orleans.Runtime;

namespace Etdb.Grains.Tests.State;

/// <summary>
/// States as version 1 wrote them, kept beside this test and never edited: every later version reads them. A field may be added; one may be dropped only
/// together with the code that moves its content.
/// </summary>
public sealed class FrozenStateTests
{
    /// <summary>Fields that were given up: whether a dataset had told its shard of itself (it does so each time now), and a bare number that is learned anew as a record.</summary>
    private static readonly HashSet<string> GivenUp = ["dataset.enrolled", "node.reputation"];

    [Fact]
    public void A_dataset_is_read_with_its_replicas_and_work()
    {
        var state = Read<DatasetState>("dataset");
        Assert.Equal(30, state.Version);
        Assert.Equal("Escherichia cholerae", state.Record!.Title);
        var content = Assert.Single(state.Contents);
        var replica = Assert.Single(content.Replicas);
        Assert.Equal(ReplicaState.Verified, replica.State);
        Assert.Equal(VerificationDepth.Full, replica.LastFullVerification!.Depth);
        Assert.True(replica.IsListed);
        Assert.Equal("0105b1:6", Assert.Single(state.Operations).Op);
        Assert.Equal("node-001-2", Assert.Single(state.Incidents).Incident);
        Assert.Equal("published", Assert.Single(state.Story).Kind);
    }

    [Fact]
    public void A_node_is_read_with_its_open_incidents()
    {
        var state = Read<NodeState>("node");
        Assert.Equal(NodeStatus.Up, state.Status);
        Assert.Equal("http://127.0.0.1:21002", state.Registration!.Endpoint.Rpc);
        Assert.Equal(["0105b1", "0205b1"], Assert.Single(state.Incidents).Pending);
    }

    [Fact]
    public void A_shelf_a_shard_and_a_publisher_are_read_as_they_were_before_pages()
    {
        Assert.Equal(ShelfPhase.Held, Assert.Single(Read<ShelfState>("shelf").Entries.Values).Phase);
        Assert.Equal(2, Read<ShardMembers>("shard").Datasets.Count);
        Assert.Equal("0105b1", Assert.Single(Read<ShardOpen>("open").Tickets.Values).Dataset.Value);
        Assert.Equal(2, Read<PublisherState>("publisher").Datasets.Count);
    }

    [Fact]
    public void A_registry_a_member_a_page_are_read()
    {
        Assert.True(Assert.Single(Read<RegistryState>("registry").Nodes.Values).View.Answers);
        Assert.Equal(["node-002"], Read<MemberState>("member").Nodes);
        Assert.Equal(["0105b1", "", "0205b1", "o2"], Read<PageState>("page").Rows);
    }

    [Fact]
    public void Tokens_an_invitation_its_book_and_a_position_in_the_ledger_are_read()
    {
        var tokens = Read<AccessState>("access");
        Assert.Equal(Role.Admin, Assert.Single(tokens.Tokens["tk1"].Grants).Role);
        Assert.Equal("FLabAddress", Assert.Single(tokens.Tokens["tk2"].Grants).Scope);
        Assert.False(tokens.Tokens["tk2"].IsLive(tokens.Tokens["tk2"].CreatedAt));
        Assert.Equal(["challenge-1"], tokens.Spent.Keys);
        var invite = Read<InviteState>("invite");
        Assert.Equal("A library", invite.Terms!.Name);
        Assert.Equal(InvitePhase.Accepted, invite.Phase);
        Assert.Equal("node-007", invite.Accepted!.Endpoint.Node.Value);
        Assert.Equal(TimeSpan.FromSeconds(1.5), invite.Accepted.ClockAhead);
        Assert.Equal(CheckResult.Warning, invite.LastChecks[1].Result);
        Assert.Equal(["invite-1", "invite-2"], Read<InviteBookState>("invites").Ids);
        Assert.Equal(43, Read<LedgerState>("ledger").Told);
        Assert.Equal(4, Read<PageHeader>("header").Pages);
    }

    [Fact]
    public void Every_state_a_grain_keeps_is_frozen_and_none_of_its_fields_is_lost()
    {
        var kept = typeof(IClusterGrain).Assembly.GetTypes().Where(static t => typeof(Grain).IsAssignableFrom(t)).SelectMany(static t => t.GetConstructors()).SelectMany(static c => c.GetParameters())
            .Select(static p => (p.GetCustomAttribute<PersistentStateAttribute>()?.StateName, p.ParameterType)).Where(static p => p.StateName is not null)
            .Select(static p => (Name: p.StateName!, Type: p.ParameterType.GetGenericArguments()[0])).Append(("header", typeof(PageHeader))).Append(("page", typeof(PageState))).ToList();
        Assert.True(kept.Count > 12, $"Only {kept.Count} states were found.");
        var lost = new List<string>();
        foreach (var (name, type) in kept)
        {
            using var stream = Open(name);
            var frozen = JsonNode.Parse(stream)!.AsObject();
            var now = JsonSerializer.SerializeToNode(frozen.Deserialize(type, GrainJson.Options), type, GrainJson.Options)!.AsObject();
            Assert.NotEmpty(frozen);
            lost.AddRange(frozen.Where(field => !IsHeldBy(field.Value, now[field.Key])).Select(field => $"{name}.{field.Key}"));
        }

        Assert.Equal(GivenUp.Order(StringComparer.Ordinal), lost.Order(StringComparer.Ordinal));
    }

    /// <summary>The same, or with fields added.</summary>
    private static bool IsHeldBy(JsonNode? frozen, JsonNode? now) => (frozen, now) switch
    {
        (JsonObject was, JsonObject held) => was.All(field => IsHeldBy(field.Value, held[field.Key])),
        (JsonArray was, JsonArray held) => was.Count == held.Count && was.Zip(held).All(static p => IsHeldBy(p.First, p.Second)),
        _ => JsonNode.DeepEquals(frozen, now),
    };

    private static Stream Open(string name) =>
        typeof(FrozenStateTests).Assembly.GetManifestResourceStream($"state-v1/{name}.json") ?? throw new InvalidOperationException($"There is no frozen state '{name}': write one beside this test.");

    private static T Read<T>(string name)
    {
        using var stream = Open(name);
        return JsonSerializer.Deserialize<T>(stream, GrainJson.Options)!;
    }
}
