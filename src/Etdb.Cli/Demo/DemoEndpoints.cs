using Etdb.Cli.CommandLine;
using Etdb.Domain.Access;
using Etdb.Silo.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Etdb.Cli.Demo;

/// <summary>The "break something" controls. What is broken is not told to the cluster: it has to find out.</summary>
internal static class DemoEndpoints
{
    private const int BlocksToCorrupt = 3;

    public static void Map(WebApplication app, DemoWorld world, DemoVoice voice)
    {
        app.MapGet("/api/v1/demo", () => TypedResults.Ok(View(world))).Needs(Role.Viewer).WithSummary("What can be broken.");
        app.MapPost("/api/v1/demo/break", (BreakRequest request, TimeProvider time, CancellationToken ct) => BreakAsync(world, voice, request, time, ct)).Needs(Role.Admin).WithSummary("Breaks something.");
    }

    private static DemoView View(DemoWorld world) => new(true, [.. world.Members.Select(m =>
    {
        var running = world.Nodes.Running.Contains(m.Node);
        return new DemoNodeView(m.Node, m.Id, running, running ? ["delete-disk", "stop-node", "corrupt-blocks"] : ["return-node"]);
    })]);

    private static async Task<Results<Accepted<BreakAnswer>, ProblemHttpResult>> BreakAsync(
        DemoWorld world, DemoVoice voice, BreakRequest request, TimeProvider time, CancellationToken ct)
    {
        var member = world.Members.FirstOrDefault(m => m.Node == request.Node);
        if (member is null)
        {
            return TypedResults.Problem($"There is no node '{request.Node}'; GET /api/v1/demo lists them.", statusCode: 400, title: "The node is not known.", type: "urn:etdb:problem:bad-parameter");
        }

        try
        {
            switch (request.Kind)
            {
                case "delete-disk":
                    var bytes = world.Nodes.DeleteDisk(member.Node);
                    return Done(voice, $"Deleted the disk of {member.Node} at {member.Name}: {bytes} bytes.");
                case "stop-node":
                    await world.Nodes.StopAsync(member.Node);
                    return Done(voice, $"Stopped {member.Node} at {member.Name}.");
                case "corrupt-blocks":
                    var blocks = await world.Nodes.CorruptAsync(member.Node, BlocksToCorrupt, (int)(time.GetTimestamp() & int.MaxValue), ct);
                    return Done(voice, $"Flipped a bit in {blocks} blocks of {member.Node} at {member.Name}.");
                case "return-node":
                    await world.Nodes.StartAsync(member.Node, ct);
                    return Done(voice, $"Started {member.Node} at {member.Name} again.");
                default:
                    return TypedResults.Problem(
                        $"'{request.Kind}' is not one of delete-disk, stop-node, corrupt-blocks, return-node.", statusCode: 400, title: "Nothing was broken.", type: "urn:etdb:problem:bad-parameter");
            }
        }
        catch (CliException e)
        {
            return TypedResults.Problem(e.Message, statusCode: 409, title: "Nothing was broken.", type: "urn:etdb:problem:conflict");
        }
    }

    private static Accepted<BreakAnswer> Done(DemoVoice voice, string text)
    {
        voice.Say("break", text);
        return TypedResults.Accepted((string?)null, new BreakAnswer(text));
    }
}

/// <summary>What can be broken.</summary>
internal sealed record DemoView(bool Enabled, IReadOnlyList<DemoNodeView> Nodes);

/// <summary>A node and what can be done to it.</summary>
internal sealed record DemoNodeView(string Id, string Member, bool Running, IReadOnlyList<string> Actions);

/// <summary>What to break.</summary>
internal sealed record BreakRequest(string Kind, string Node);

/// <summary>What was broken.</summary>
internal sealed record BreakAnswer(string Text);
