using System.Text.Json;
using Etdb.Domain.Replication;
using Etdb.Grains.Datasets;
using Etdb.Grains.Members;
using Etdb.Grains.Nodes;
using Etdb.Grains.Publishers;
using Etdb.Grains.Repair;
using Etdb.Grains.State;
using Etdb.Storage.Grains;

namespace Etdb.Grains.Tests.State;

/// <summary>
/// States as version 1 wrote them, kept beside this test and never edited: every later version reads them. A field may be added; one may be dropped only
/// together with the code that moves its content.
/// </summary>
public sealed class FrozenStateTests
{
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

    private static T Read<T>(string name)
    {
        using var stream = typeof(FrozenStateTests).Assembly.GetManifestResourceStream($"state-v1/{name}.json") ?? throw new InvalidOperationException($"There is no frozen state '{name}'.");
        return JsonSerializer.Deserialize<T>(stream, GrainJson.Options)!;
    }
}
