using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Etdb.Cli.CommandLine;
using Etdb.Cli.Flo;
using Etdb.Cli.Remote;
using Etdb.Ipfs.Fetch;
using Etdb.Ipfs.Import;
using Etdb.Ipfs.Kubo;
using Etdb.Ledger.Flo;
using Etdb.Ledger.Flo.Rpc;
using Etdb.Ledger.Flo.Wire;
using Etdb.Ledger.Publishing.Pipeline;
using Etdb.Ledger.Publishing.Wallet;

namespace Etdb.Cli.Publish;

/// <summary><c>etdb publish FOLDER</c>: files to the lab's node, a signed record into the ledger, an edit when the folder changed. Everything is signed here.</summary>
internal static class PublishCommand
{
    private const long MostArtifactBytes = 4 << 20;
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SiloPatience = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan SiloLookEvery = TimeSpan.FromMilliseconds(250);

    private static readonly Argument<string?> Folder = new("FOLDER") { Description = $"Folder with the files and {DatasetManifest.FileName}.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly SignerArguments Signer = new();
    private static readonly FloNodeArguments Flo = new();
    private static readonly Option<string> Node = new("--node") { Description = "RPC of the lab's IPFS node.", DefaultValueFactory = _ => "http://127.0.0.1:5001" };
    private static readonly Option<bool> ThroughServer = new("--through-server") { Description = "Hand the signed transactions to the silo (--server), which broadcasts and watches them." };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Show what would be written and what it costs; send nothing, ask no FLO node." };
    private static readonly Option<bool> Deactivate = new("--deactivate") { Description = "Withdraw the folder's record (or --record): it is no longer listed." };
    private static readonly Option<bool> Again = new("--again") { Description = "Give up a publication that failed and make a new one; publish a withdrawn dataset as a new record." };
    private static readonly Option<string?> Record = new("--record") { Description = "The record the folder stands for, when it was published from elsewhere." };
    private static readonly Option<string?> Artifact = new("--artifact") { Description = "With --record: file with the artifact (JSON) that record holds now." };
    private static readonly Option<string?> Register = new("--register") { Description = "Instead of a folder: write the publisher's name into the ledger." };
    private static readonly Option<int> Wait = new("--wait") { Description = "Confirmations to wait for, 0 to 100; stuck transactions are paid more for meanwhile." };
    private static readonly Option<long> Fee = new("--fee") { Description = "Satoshi for 1000 bytes, 1000 to 10000000.", DefaultValueFactory = _ => SpendingPolicy.Default.FeePerKilobyte };
    private static readonly Option<string> State = new("--state") { Description = "Folder that keeps what was signed and what is published.", DefaultValueFactory = _ => ".etdb-publish" };

    public static Command Build()
    {
        var command = new Command("publish", "Publish a dataset: its files to IPFS, its signed record into the ledger; again when it changed, as an edit.")
        {
            Folder, Node, ThroughServer, DryRun, Deactivate, Again, Record, Artifact, Register, Wait, Fee, State,
        };
        Signer.AddTo(command);
        Flo.AddTo(command);
        return command.WithServer()
            .WithExamples(
                "etdb publish ./tomogram-17 --key-file lab.key --dry-run",
                "etdb publish ./tomogram-17 --key-file lab.key --node http://127.0.0.1:5001 --flo http://user:password@127.0.0.1:7313",
                "etdb publish ./tomogram-17 --key-file lab.key --through-server --server http://127.0.0.1:8420",
                "etdb publish ./tomogram-17 --signer './hsm-sign --slot 1' --public-key 02…  --wait 100",
                "etdb publish ./tomogram-17 --key-file lab.key --deactivate",
                "etdb publish --register 'Jensen Lab' --key-file lab.key")
            .Does((result, output, ct) => RunAsync(result, output, TimeProvider.System, ct));
    }

    private static async Task<int> RunAsync(ParseResult result, CliOutput output, TimeProvider time, CancellationToken ct)
    {
        var (folder, manifest) = ReadFolder(result);
        var wishes = Wishes(result);
        var options = new PublishingOptions { Policy = SpendingPolicy.Default with { FeePerKilobyte = FeeRate(result) } };
        var (signer, network, owned) = await Signer.OpenAsync(result, time, ct);
        using (owned)
        {
            if (result.GetValue(DryRun))
            {
                return await PublishReport.EstimateAsync(Intent(result, folder, manifest, signer, network), signer, network, options.Policy, output, ct);
            }

            using var state = PublishState.Open(result.GetValue(State)!);
            using var http = HttpPool.Create(ConnectLimit);
            using var flo = FloRpcClient.Create(Flo.Read(result), time);
            using var silo = result.GetValue(ThroughServer) ? ServerOptions.Client(result) : null;
            var address = DigestMessageSigner.AddressOf(signer, network).Text;
            IPublicationCarrier carrier = silo is null ? new NodeCarrier(flo) : new SiloCarrier(silo, address, time);
            var node = new KuboClient(http, new KuboEndpoint(NodeAddress(result), null, null), new KuboClientOptions { Time = time });
            var publisher = new DatasetPublisher(new LabFiles(node), flo, carrier, signer, network, options, state, time);
            if (result.GetValue(Register) is { } name)
            {
                PublishReport.Write(output, await publisher.RegisterAsync(name, wishes, ct), wrote: true);
                return CliExit.Done;
            }

            var progress = new Progress<ImportProgress>(p => output.Messages.Write($"\r{Sizes.Text(p.Bytes)} in {p.Files} files added\n"));
            var (history, wrote) = await publisher.PublishAsync(folder, manifest!, Known(result, publisher.Read(folder)), wishes, progress, ct);
            PublishReport.Write(output, history, wrote);
            return CliExit.Done;
        }
    }

    private static PublishIntent Intent(ParseResult result, string folder, DatasetManifest? manifest, IDigestSigner signer, FloNetwork network)
    {
        var address = DigestMessageSigner.AddressOf(signer, network).Text;
        var history = PublishState.Peek(result.GetValue(State)!, address, folder) ?? new DatasetHistory { Address = address, Folder = folder };
        return new PublishIntent(folder, manifest, manifest is null ? null : Known(result, history), result.GetValue(Register), result.GetValue(Deactivate));
    }

    private static (string Folder, DatasetManifest? Manifest) ReadFolder(ParseResult result)
    {
        if (result.GetValue(Register) is { } name)
        {
            return string.IsNullOrWhiteSpace(name) ? throw new CliException("--register takes the publisher's name.") : ("", null);
        }

        var folder = Path.GetFullPath(result.GetValue(Folder) ?? throw new CliException("name the folder to publish."));
        return (folder, DatasetManifest.Read(folder));
    }

    private static PublishWishes Wishes(ParseResult result)
    {
        var wait = result.GetValue(Wait);
        if (wait is < 0 or > 100)
        {
            throw new CliException("--wait takes 0 to 100 confirmations; after 100 nothing takes a record back.");
        }

        var wishes = new PublishWishes { Deactivate = result.GetValue(Deactivate), Again = result.GetValue(Again), Confirmations = wait };
        return result.GetValue(ThroughServer) ? wishes with { Patience = SiloPatience, LookEvery = SiloLookEvery } : wishes;
    }

    private static long FeeRate(ParseResult result) => result.GetValue(Fee) is >= 1000 and <= 10_000_000 and var fee
        ? fee
        : throw new CliException("--fee takes 1000 to 10000000 satoshi for 1000 bytes; nodes relay nothing below.");

    /// <summary>The history with what the caller knows of a record that was published from elsewhere.</summary>
    private static DatasetHistory Known(ParseResult result, DatasetHistory history)
    {
        if (result.GetValue(Record) is not { } record || history.Record == record)
        {
            return history;
        }

        if (!Hash256.TryParse(record, out _) || history.Record is not null)
        {
            throw new CliException(history.Record is null ? "--record takes the 64 hex digits of a record's id." : $"this folder stands for record {history.Record}; use another --state for another record.");
        }

        return history with { Record = record, Artifact = result.GetValue(Artifact) is { } path ? ReadArtifact(path) : null };
    }

    private static JsonObject ReadArtifact(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists || file.Length > MostArtifactBytes)
        {
            throw new CliException(file.Exists ? $"{path} has {file.Length} bytes; an artifact has at most {MostArtifactBytes}." : $"there is no file {path}.");
        }

        try
        {
            return JsonNode.Parse(File.ReadAllBytes(path)) as JsonObject ?? throw new CliException($"{path} is no JSON object.");
        }
        catch (JsonException e)
        {
            throw new CliException($"{path} is no JSON: {e.Message}", e);
        }
    }

    private static Uri NodeAddress(ParseResult result)
        => Uri.TryCreate(result.GetValue(Node), UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? uri
            : throw new CliException($"{Node.Name} takes an http address, such as http://127.0.0.1:5001.");
}
