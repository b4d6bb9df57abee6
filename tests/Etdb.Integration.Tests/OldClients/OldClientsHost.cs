using System.Collections.Immutable;
using System.Net;
using System.Text;
using System.Text.Json;
using Etdb.Ledger.Flo;
using Etdb.Ledger.Flo.Wire;
using Etdb.Ledger.Indexing;
using Etdb.Ledger.Listing;
using Etdb.Ledger.Oip;
using Etdb.Silo.Api.OldClients;
using Etdb.Silo.Hosting;
using Etdb.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Etdb.Integration.Tests.OldClients;

/// <summary>Both dialects alone, over an index of the main network that tests fill block by block: the published records with their own ids.</summary>
public sealed class OldClientsHost : IAsyncDisposable
{
    /// <summary>First block; the real record's.</summary>
    public const int FirstHeight = 2_783_156;

    private static readonly FloNetwork Network = FloNetwork.Main;
    private readonly TemporaryFolder _folder = new();
    private readonly LedgerIndex _index;
    private WebApplication? _app;
    private int _height = FirstHeight - 1;
    private uint _salt;

    private OldClientsHost() => _index = LedgerIndex.Open(_folder.At("ledger.db"), Network, FirstHeight);

    /// <summary>A client of it.</summary>
    public HttpClient Http { get; private set; } = null!;

    /// <summary>Id of the last block.</summary>
    public string TipHash => _index.Tip!.Hash;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Starts one.</summary>
    public static async Task<OldClientsHost> StartAsync(Action<OldClientOptions>? change = null)
    {
        var host = new OldClientsHost();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var options = new SiloOptions { Network = Network.Name };
        change?.Invoke(options.OldClients);
        builder.Services.AddSingleton(TimeProvider.System).AddSingleton(options).AddSingleton<SiloReadiness>();
        builder.Services.AddSingleton(new LedgerLists(
            () => host._index, () => host._height, () => TransactionList.Open(host._folder.At("lists.db"), host._folder.At("ledger.db"), Network), TimeProvider.System));
        builder.Services.AddOldClients(options);
        host._app = builder.Build();
        host._app.UseOldClients();
        host._app.MapOldClients();
        await host._app.StartAsync(Ct);
        host.Http = new HttpClient(new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.None }) { BaseAddress = new Uri(host._app.Urls.First()), Timeout = TimeSpan.FromSeconds(60) };
        return host;
    }

    /// <summary>Adds a block with one comment under a transaction id; the id of the transaction's bytes when none is given.</summary>
    public string Add(string comment, string? txid = null, long? time = null)
    {
        var transaction = FloTransaction.Create(
            2,
            [new TransactionInput(new OutPoint(Hash256.DoubleSha256(BitConverter.GetBytes(++_salt)), 0), Array.Empty<byte>(), uint.MaxValue)],
            [new TransactionOutput(1000, new byte[] { 0x51 })],
            0,
            Encoding.UTF8.GetBytes(comment));
        var header = new FloBlockHeader(4, _index.Tip is null ? default : Hash256.Parse(_index.Tip.Hash), transaction.Txid, (uint)(time ?? 1_528_156_646 + (40L * (_height - FirstHeight + 1))), 0x1e0ffff0, _salt);
        var id = txid ?? transaction.Txid.ToString();
        var read = _index.Reader.Read(transaction.FloData, _height + 1, isCoinbase: false);
        _index.Apply(_height, [new IncomingBlock(++_height, header, [new IncomingComment(0, id, transaction.Raw, new MerkleProof(0, []), read)])]);
        return id;
    }

    /// <summary>What the index refused.</summary>
    public IReadOnlyList<Refusal> Refusals => _index.Read(i => i.Refusals());

    /// <summary>Reads a JSON answer.</summary>
    public async Task<JsonElement> GetAsync(string path) => JsonElement.Parse(await Http.GetByteArrayAsync(path, Ct));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Http?.Dispose();
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }

        _index.Dispose();
        _folder.Dispose();
    }
}
