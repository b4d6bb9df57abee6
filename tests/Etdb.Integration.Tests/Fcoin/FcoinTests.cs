using System.Text;
using Etdb.Ledger.DevChain;
using Etdb.Ledger.Flo;
using Etdb.Ledger.Flo.Addresses;
using Etdb.Ledger.Flo.Consensus;
using Etdb.Ledger.Flo.Crypto;
using Etdb.Ledger.Flo.Rpc;
using Etdb.Ledger.Flo.Scripts;
using Etdb.Ledger.Flo.Wire;
using Etdb.Ledger.Publishing.Wallet;

namespace Etdb.Integration.Tests.Fcoin;

/// <summary>Our FLO against another one: a real fcoin node must take what we sign and mine and refuse what we corrupt, and we must take what it mines.</summary>
public sealed class FcoinTests
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly FloNetwork Network = FloNetwork.Regtest;
    private readonly FloKey _key = FloKey.FromSecret(Enumerable.Repeat((byte)0x21, 32).ToArray());

    private FloAddress Address => _key.Address(Network);

    [Fact]
    public async Task Fcoin_takes_our_blocks_and_transactions_and_refuses_corrupted_ones()
    {
        await using var node = await StartAsync();
        using var chain = DevelopmentChain.Open(new DevelopmentChainOptions { Network = Network }, TimeProvider.System);
        chain.Mine(105, Address.ToScript(), "text:mined by the development chain"u8.ToArray(), None);
        await FeedAsync(chain, node, from: 1);
        Assert.Equal(chain.Tip.Hash, await node.Client.GetBestBlockHashAsync(None));

        // Comments of every kind of length, text and not, over a chain of unconfirmed transactions; the block that mines them is ours.
        IReadOnlyList<WalletOutput> outputs = Spendable(chain);
        byte[][] comments = [[], "text:hällo"u8.ToArray(), new byte[252], new byte[253], Encoding.UTF8.GetBytes(new string('x', 1040)), [0xff, 0xfe, 0, 1]];
        var sent = new List<FloTransaction>();
        foreach (var comment in comments)
        {
            var built = RecordWallet.Build(_key, outputs, comment, SpendingPolicy.Default).Transaction!;
            Assert.Equal(new SendResult(SendOutcome.Accepted, null), await node.Client.SendTransactionAsync(built.Transaction, None));
            Assert.True(chain.Submit(built.Transaction).IsAccepted);
            outputs = built.ApplyTo(outputs);
            sent.Add(built.Transaction);
        }

        chain.Mine(1, Address.ToScript(), default, None);
        await FeedAsync(chain, node, from: 106);
        foreach (var transaction in sent)
        {
            var found = (await node.Client.GetTransactionAsync(transaction.Txid, None))!;
            Assert.Equal((chain.Tip.Hash, transaction.ToHex()), (found.Block!.Value, found.Transaction.ToHex()));
        }

        await RefuseCorruptedAsync(chain, node, outputs);
    }

    [Fact]
    public async Task We_take_and_verify_what_fcoin_mines()
    {
        await using var node = await StartAsync();
        await node.Client.GenerateToAddressAsync(100, Address, None);
        await node.Client.GenerateToAddressAsync(10, Address, None);
        using var chain = DevelopmentChain.Open(new DevelopmentChainOptions { Network = Network }, TimeProvider.System);
        await TakeAllAsync(chain, node);
        var built = RecordWallet.Build(_key, Spendable(chain), "text:mined by fcoin"u8.ToArray(), SpendingPolicy.Default).Transaction!;
        Assert.Equal(new SendResult(SendOutcome.Accepted, null), await node.Client.SendTransactionAsync(built.Transaction, None));
        await node.Client.GenerateToAddressAsync(1, Address, None);
        await TakeAllAsync(chain, node);
        Assert.Equal("text:mined by fcoin", chain.FindTransaction(built.Txid)!.Transaction.FloDataText());
        Assert.Equal(await node.Client.GetBestBlockHashAsync(None), chain.Tip.Hash);

        var hashes = await node.Client.GetBlockHashesAsync(chain.Tip.Height, 3, None);
        Assert.Equal([chain.Tip.Hash, null, null], hashes);
        Assert.Null(await node.Client.GetBlockAsync(Hash256.DoubleSha256("no block"u8), None));
        Assert.Null(await node.Client.GetTransactionAsync(Hash256.DoubleSha256("no transaction"u8), None));
        Assert.Equal("regtest", (await node.Client.GetChainInfoAsync(None)).Chain);
    }

    private async Task RefuseCorruptedAsync(DevelopmentChain chain, FcoinNode node, IReadOnlyList<WalletOutput> outputs)
    {
        var tip = await node.Client.GetBestBlockHashAsync(None);
        var good = RecordWallet.Build(_key, outputs, "text:good"u8.ToArray(), SpendingPolicy.Default).Transaction!.Transaction;
        var otherComment = FloTransaction.Create(2, good.Inputs, good.Outputs, 0, "text:evil"u8.ToArray());
        Assert.NotEqual(SendOutcome.Accepted, (await node.Client.SendTransactionAsync(otherComment, None)).Outcome);

        var entry = chain.Mine(1, Address.ToScript(), default, None)[0];
        var block = chain.Read(entry);
        var coinbase = block.Transactions[0];
        var rich = FloTransaction.Create(2, coinbase.Inputs, [new TransactionOutput(coinbase.Outputs[0].Value + 1, coinbase.Outputs[0].Script)], 0, default);
        FloBlock[] corrupted =
        [
            Work(block.Header, [rich], MerkleTree.Root([rich.Txid]), true),
            Work(block.Header, [coinbase], Hash256.Zero, true),
            Work(block.Header, [coinbase], block.Header.MerkleRoot, false),
            Work(block.Header, [coinbase, otherComment], MerkleTree.Root([coinbase.Txid, otherComment.Txid]), true),
        ];
        foreach (var bad in corrupted)
        {
            Assert.NotNull(await node.Client.SubmitBlockAsync(bad, None));
            Assert.Equal(tip, await node.Client.GetBestBlockHashAsync(None));
        }

        Assert.Null(await node.Client.SubmitBlockAsync(block, None));
        Assert.Equal(block.Hash, await node.Client.GetBestBlockHashAsync(None));
    }

    /// <summary>The block with these transactions and a nonce whose work is, or is not, enough.</summary>
    private static FloBlock Work(FloBlockHeader header, FloTransaction[] transactions, Hash256 root, bool enough)
    {
        for (var nonce = 0u; ; nonce++)
        {
            var candidate = new FloBlockHeader(header.Version, header.Previous, root, header.Time, header.Bits, nonce);
            if (ProofOfWork.Check(candidate, Network) == enough)
            {
                return FloBlock.Create(candidate, transactions);
            }
        }
    }

    private List<WalletOutput> Spendable(DevelopmentChain chain)
    {
        var tip = chain.Tip.Height;
        return [.. chain.ListUnspent(FloScript.PayToPublicKeyHash(_key.PublicKeyHash))
            .Where(u => u.Coin.IsMatureAt(tip + 1))
            .Select(u => new WalletOutput(u.OutPoint, u.Coin.Output.Value, u.Coin.Output.Script, tip - u.Coin.Height + 1, u.Coin.Coinbase))];
    }

    private static async Task FeedAsync(DevelopmentChain chain, FcoinNode node, int from)
    {
        for (var height = from; height <= chain.Tip.Height; height++)
        {
            Assert.Null(await node.Client.SubmitBlockAsync(chain.Read(chain.EntryAt(height)!), None));
        }
    }

    private static async Task TakeAllAsync(DevelopmentChain chain, FcoinNode node)
    {
        var count = await node.Client.GetBlockCountAsync(None);
        var hashes = await node.Client.GetBlockHashesAsync(chain.Tip.Height + 1, count - chain.Tip.Height, None);
        foreach (var block in await node.Client.GetBlocksAsync([.. hashes.Select(h => h!.Value)], None))
        {
            Assert.Equal(new BlockSubmission(BlockOutcome.Connected, null), chain.Submit(block!));
        }
    }

    private static async Task<FcoinNode> StartAsync()
    {
        var (home, problem) = await FcoinInstallation.FindAsync(None);
        Assert.SkipWhen(home is null, problem ?? string.Empty);
        return await FcoinNode.StartAsync(home!, None);
    }
}
