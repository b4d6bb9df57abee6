using Etdb.Ledger.DevChain;
using Etdb.Ledger.DevChain.Rpc;
using Etdb.Ledger.Flo.Rpc;
using Etdb.Ledger.Indexing;
using Etdb.Ledger.Oip;
using Etdb.Ledger.Publishing.Pipeline;
using Etdb.Ledger.Publishing.Records;
using Etdb.Ledger.Publishing.Wallet;
using Etdb.Ledger.Tests.DevChain;

namespace Etdb.Ledger.Tests.Publishing.Pipeline;

/// <summary>The process "dies" here: nothing after it is done, and nobody catches it.</summary>
internal sealed class CrashException() : Exception("crash");

/// <summary>Counts the boundaries of a run, every request and every write, before and after it, and crashes at one of them.</summary>
internal sealed class CrashPoint(int at)
{
    private int _passed;

    public bool Crashed { get; private set; }

    public void Pass()
    {
        if (_passed++ == at)
        {
            Crashed = true;
            throw new CrashException();
        }
    }
}

/// <summary>A clock that stands until it is moved.</summary>
internal sealed class ManualTime : TimeProvider
{
    private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => _now;

    public void Move(TimeSpan by) => _now += by;
}

/// <summary>A lab with a development chain over HTTP: each call of <see cref="RunAsync"/> is one life of the publishing process, which only has the journal on disk.</summary>
internal sealed class PipelineFixture : IAsyncDisposable
{
    private const int MostSteps = 60;

    private static readonly CommentReader Reader = new(OipRules.Test, new FloMessageVerifier(FloNetwork.Development));

    private readonly OipIndex _index = new(Reader, 1000);
    private readonly Dictionary<int, int> _comments = [];

    private readonly ChainFixture _chain;
    private readonly DevChainRpcServer _server;
    private readonly string _folder = Directory.CreateTempSubdirectory("etdb-pipeline-").FullName;

    private PipelineFixture(ChainFixture chain, DevChainRpcServer server) => (_chain, _server) = (chain, server);

    public PublishingOptions Options { get; set; } = new() { FinalConfirmations = 3 };

    public ManualTime Time { get; private init; } = new();

    public DevelopmentChain Chain => _chain.Chain;

    public FloMessageSigner Lab => new(_chain.Key, FloNetwork.Development);

    public LocalSigner Key => new(_chain.Key);

    private string Path => System.IO.Path.Combine(_folder, "journal.json");

    /// <summary>What is on disk.</summary>
    public PublicationJournal Journal => DurableJson.Read<PublicationJournal>(Path)!;

    public static async Task<PipelineFixture> StartAsync(MempoolLimits? limits = null)
    {
        var time = new ManualTime();
        var chain = new ChainFixture(new DevelopmentChainOptions { Mempool = limits ?? new MempoolLimits(), LargestReorganisation = 0 }, time);
        chain.Mine(103);
        return new PipelineFixture(chain, await DevChainRpcServer.StartAsync(chain.Chain, new DevChainRpcOptions(), TimeProvider.System, CancellationToken.None)) { Time = time };
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _chain.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    public byte[] Publication(string title, int noteBytes, long time = 1_700_000_000) => RecordBuilder.PublishComment(Artifact(title, noteBytes, time));

    public System.Text.Json.Nodes.JsonObject Artifact(string title, int noteBytes, long time = 1_700_000_000)
    {
        var draft = new TomogramDraft { Title = title, Species = "E. coli", Date = 1, Notes = new string('n', noteBytes), Location = "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn" };
        return RecordBuilder.Sign(RecordBuilder.BuildTomogram(draft, Lab.Address, time), Lab);
    }

    public void Start(PublicationKind kind, byte[] comment, string? record = null) =>
        DurableJson.Write(Path, new PublicationJournal { Kind = kind, Title = "a record", Comment = comment, Record = record });

    public void Set(PublicationJournal journal) => DurableJson.Write(Path, journal);

    public void Mine(int blocks = 1) => _chain.Mine(blocks);

    /// <summary>What waits in the mempool has waited too long: it forgets all of it.</summary>
    public void ForgetMempool()
    {
        Time.Move(new MempoolLimits().Expiry + TimeSpan.FromHours(1));
        Assert.False(Chain.Submit(Chain.Read(Chain.Tip).Transactions[0]).IsAccepted);
        Assert.Equal(0, Chain.MempoolCount);
    }

    /// <summary>The coins of the lab as its node tells them.</summary>
    public async Task<IReadOnlyList<WalletOutput>> CoinsAsync()
    {
        using var client = FloRpcClient.Create(_server.ClientOptions(), TimeProvider.System);
        return await WalletReader.ReadAsync(client, DigestMessageSigner.AddressOf(Key, FloNetwork.Development), CancellationToken.None);
    }

    /// <summary>One life of the process: steps until the journal is settled or a step changed nothing; a block is mined after each step when <paramref name="mine"/>.</summary>
    public Task RunAsync(CrashPoint? crash = null, bool mine = true) => RunAsync(new CrashingHandler(crash), crash, mine);

    /// <summary>One life in which something happens to the node after its <paramref name="at"/>th answer; false when there were fewer.</summary>
    public async Task<bool> RunDisturbedAsync(int at, Action disturb)
    {
        var handler = new DisturbedHandler(at, disturb);
        await RunAsync(handler, null, mine: true);
        return handler.Happened;
    }

    /// <summary>One life in which answers are lost from the <paramref name="at"/>th on, more often than the client asks again; false when there were fewer.</summary>
    public async Task<bool> RunDeafAsync(int at)
    {
        const int Lost = 8;
        var handler = new DisturbedHandler(at, () => throw new HttpRequestException("the answer was lost"), Lost);
        for (var lives = 0; lives <= Lost && !Journal.IsSettled; lives++)
        {
            try
            {
                await RunAsync(handler, null, mine: true);
            }
            catch (FloNodeException)
            {
                // What a caller does: try again later.
            }
        }

        return handler.Happened;
    }

    private async Task RunAsync(DelegatingHandler handler, CrashPoint? crash, bool mine)
    {
        using var http = new HttpClient(handler, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };
        using var client = new FloRpcClient(http, _server.ClientOptions(), TimeProvider.System);
        var coins = new NodeCoins(client, DigestMessageSigner.AddressOf(Key, FloNetwork.Development), () => new HashSet<OutPoint>());
        var pipeline = new PublicationPipeline(new NodeCarrier(client), coins, Key, FloNetwork.Development, Options, WriteAsync, Time);
        var journal = Journal;
        for (var step = 0; !journal.IsSettled && step < MostSteps; step++)
        {
            var next = await pipeline.StepAsync(journal, CancellationToken.None);
            if (next == journal && !mine)
            {
                return;
            }

            journal = next;
            if (mine && journal.Stage == PublicationStage.Confirming)
            {
                Mine();
            }
        }

        Task WriteAsync(PublicationJournal written, CancellationToken cancellationToken)
        {
            crash?.Pass();
            DurableJson.Write(Path, written);
            crash?.Pass();
            return Task.CompletedTask;
        }
    }

    /// <summary>Lives until one ends by itself.</summary>
    public async Task<bool> RunThroughCrashAsync(int at)
    {
        var crash = new CrashPoint(at);
        try
        {
            await RunAsync(crash);
        }
        catch (CrashException)
        {
            await RunAsync();
        }

        return crash.Crashed;
    }

    /// <summary>The index of the chain as it is; blocks that were looked at before are not read again.</summary>
    public OipIndex Index()
    {
        while (_index.Tip is { } tip && Chain.EntryAt((int)tip.Height)?.Hash.ToString() != tip.Hash)
        {
            _index.Disconnect(tip.Hash);
        }

        for (var height = (int)(_index.Tip?.Height ?? 0) + 1; height <= Chain.Tip.Height; height++)
        {
            var block = Chain.Read(Chain.EntryAt(height)!);
            _comments[height] = block.Transactions.Count(t => t.FloData.Length > 0);
            _index.Connect(IncomingBlock.Read(block, height, Reader).ToOip());
        }

        return _index;
    }

    /// <summary>Transactions with a comment in the chain.</summary>
    public int Comments()
    {
        Index();
        return _comments.Where(c => c.Key <= Chain.Tip.Height).Sum(c => c.Value);
    }

    private sealed class DisturbedHandler(int at, Action disturb, int times = 1) : DelegatingHandler(new SocketsHttpHandler { UseProxy = false })
    {
        private int _answers;

        public bool Happened => _answers > at;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var answer = await base.SendAsync(request, cancellationToken);
            var number = _answers++;
            if (number >= at && number < at + times)
            {
                disturb();
            }

            return answer;
        }
    }

    private sealed class CrashingHandler(CrashPoint? crash) : DelegatingHandler(new SocketsHttpHandler { UseProxy = false })
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            crash?.Pass();
            var answer = await base.SendAsync(request, cancellationToken);
            crash?.Pass();
            return answer;
        }
    }
}
