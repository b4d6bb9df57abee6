using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using Etdb.Cli.CommandLine;
using Etdb.Cli.Flo;
using Etdb.Cli.Remote;
using Etdb.Ipfs.Fetch;
using Etdb.Ipfs.Import;
using Etdb.Ipfs.Kubo;
using Etdb.Ledger.Flo;
using Etdb.Ledger.Flo.Rpc;

namespace Etdb.Cli.Publish;

/// <summary><c>etdb publish FOLDER</c>: files to the lab's node, a signed record into the ledger. Everything is signed here.</summary>
internal static class PublishCommand
{
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(5);

    private static readonly Argument<string> Folder = new("FOLDER") { Description = $"Folder with the files and {DatasetManifest.FileName}." };
    private static readonly Option<string?> KeyFile = new("--key-file", "--key") { Description = "The lab's encrypted key file (etdb flo key new)." };
    private static readonly Option<string?> PassphraseFile = KeyCommands.PassphraseFileOption();
    private static readonly Option<string> Node = new("--node") { Description = "RPC of the lab's IPFS node.", DefaultValueFactory = _ => "http://127.0.0.1:5001" };
    private static readonly Option<string> Flo = new("--flo") { Description = "JSON-RPC of the lab's FLO node, with user and password in it.", DefaultValueFactory = _ => "http://127.0.0.1:7313" };
    private static readonly Option<string?> FloCookie = new("--flo-cookie") { Description = "Cookie file of the FLO node, instead of user and password." };
    private static readonly Option<bool> ThroughServer = new("--through-server") { Description = "Hand the signed transactions to the silo (--server), which broadcasts and watches them." };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Show what would be written and what it costs; send nothing." };
    private static readonly Option<string> State = new("--state") { Description = "Folder that keeps plans until they are sent.", DefaultValueFactory = _ => ".etdb-publish" };

    public static Command Build() => new Command("publish", "Publish a dataset: its files to IPFS, its signed record into the ledger.")
        {
            Folder, KeyFile, PassphraseFile, Node, Flo, FloCookie, ThroughServer, DryRun, State,
        }
        .WithServer()
        .WithExamples(
            "etdb publish ./tomogram-17 --key-file lab.key --dry-run",
            "etdb publish ./tomogram-17 --key-file lab.key --node http://127.0.0.1:5001 --flo http://user:password@127.0.0.1:7313",
            "etdb publish ./tomogram-17 --key-file lab.key --through-server --server http://127.0.0.1:8420")
        .Does((result, output, ct) => RunAsync(result, output, TimeProvider.System, ct));

    private static async Task<int> RunAsync(ParseResult result, CliOutput output, TimeProvider time, CancellationToken ct)
    {
        var folder = Path.GetFullPath(result.GetValue(Folder)!);
        var manifest = DatasetManifest.Read(folder);
        var keyFile = result.GetValue(KeyFile) ?? throw new CliException("name the lab's key with --key-file; 'etdb flo key new --key-file lab.key' makes one.");
        var (key, network) = await KeyCommands.OpenAsync(keyFile, result.GetValue(PassphraseFile), ct);
        using (key)
        using (var http = HttpPool.Create(ConnectLimit))
        using (var flo = FloRpcClient.Create(FloOptions(result), time))
        {
            var node = new KuboClient(http, new KuboEndpoint(Address(result, Node), null, null), new KuboClientOptions { Time = time });
            var publisher = new LabPublisher(node, flo, key, network, time);
            if (result.GetValue(DryRun))
            {
                return await ShowAsync(publisher, folder, manifest, output, ct);
            }

            var path = PlanPath(result.GetValue(State)!, folder, manifest, publisher.Address);
            var plan = PlanFile.Read(path);
            if (plan is null)
            {
                var files = await publisher.AddFilesAsync(folder, new Progress<ImportProgress>(p => output.Messages.Write($"\r{Sizes.Text(p.Bytes)} in {p.Files} files added")), ct);
                output.Messages.WriteLine();
                plan = await publisher.PlanAsync(folder, manifest, files.Cid, ct);
                plan.Write(path);
            }

            await SendAsync(result, publisher, flo, plan, time, ct);
            File.Move(path, path + ".sent", overwrite: true);
            Report(output, plan, sent: true);
            return CliExit.Done;
        }
    }

    private static async Task SendAsync(ParseResult result, LabPublisher publisher, FloRpcClient flo, PlanFile plan, TimeProvider time, CancellationToken ct)
    {
        if (result.GetValue(ThroughServer))
        {
            using var silo = ServerOptions.Client(result);
            await new SiloSink(silo, time).SendAsync(publisher.Address, plan.Title, plan.Plan, ct);
        }
        else
        {
            await new FloSink(flo, time).SendAsync(publisher.Address, plan.Title, plan.Plan, ct);
        }
    }

    private static async Task<int> ShowAsync(LabPublisher publisher, string folder, DatasetManifest manifest, CliOutput output, CancellationToken ct)
    {
        var files = await new UnixFsImporter(new ImportOptions(), null).ImportPathAsync(folder, ct);
        Report(output, await publisher.PlanAsync(folder, manifest, files.Cid, ct), sent: false);
        return CliExit.Done;
    }

    private static void Report(CliOutput output, PlanFile plan, bool sent)
    {
        var cost = plan.Plan.Cost;
        output.Write(
            new { Sent = sent, plan.Plan.RecordTxid, plan.Title, plan.Root, cost.Transactions, cost.FloDataBytes, cost.TransactionBytes, FeeFlo = Money.ToFlo(cost.FeeSatoshis) },
            text => text.WriteLine(
                $"{(sent ? "Published" : "Would publish")} '{plan.Title}'{(sent ? $" as {plan.Plan.RecordTxid}" : "")}: root {plan.Root}, {cost.Transactions} transactions, " +
                $"{cost.FloDataBytes} bytes of floData, fee {Money.ToFlo(cost.FeeSatoshis)} FLO."));
    }

    // One plan for one state of a dataset: the same folder, unchanged, goes on with its plan; a changed one gets a new one.
    private static string PlanPath(string state, string folder, DatasetManifest manifest, string address)
    {
        Directory.CreateDirectory(state);
        var text = new StringBuilder(address).Append('\n').Append(folder).Append('\n').Append(manifest.Title);
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(f => new FileInfo(f)))
        {
            text.Append('\n').Append(file.FullName).Append(' ').Append(file.Length).Append(' ').Append(file.LastWriteTimeUtc.Ticks);
        }

        return Path.Combine(state, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..32] + ".json");
    }

    private static FloRpcOptions FloOptions(ParseResult result)
    {
        var address = Address(result, Flo);
        var user = address.UserInfo.Split(':', 2);
        var bare = new UriBuilder(address) { UserName = "", Password = "" }.Uri;
        return new FloRpcOptions
        {
            Endpoint = bare,
            User = user[0].Length == 0 ? null : Uri.UnescapeDataString(user[0]),
            Password = user.Length == 2 ? new RpcPassword(Uri.UnescapeDataString(user[1])) : null,
            CookieFile = result.GetValue(FloCookie),
        };
    }

    private static Uri Address(ParseResult result, Option<string> option)
        => Uri.TryCreate(result.GetValue(option), UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? uri
            : throw new CliException($"{option.Name} takes an http address, such as {(option == Node ? "http://127.0.0.1:5001" : "http://user:password@127.0.0.1:7313")}.");
}
