using Etdb.Cli.CommandLine;
using Etdb.Ledger.Flo;
using Etdb.Ledger.Flo.Crypto;
using Etdb.Ledger.Flo.Rpc;
using Etdb.Ledger.Publishing.Records;
using Etdb.Ledger.Publishing.Wallet;

namespace Etdb.Cli.Publish;

/// <summary>The coins of a lab's key as its FLO node knows them, spent one transaction after the other while a record is planned.</summary>
internal sealed class LabFunds
{
    private readonly FloKey _key;
    private readonly string _address;
    private IReadOnlyList<WalletOutput> _outputs;

    private LabFunds(FloKey key, string address, IReadOnlyList<WalletOutput> outputs) => (_key, _address, _outputs) = (key, address, outputs);

    public static async Task<LabFunds> LoadAsync(FloRpcClient node, FloKey key, FloNetwork network, CancellationToken cancellationToken)
    {
        var address = key.Address(network);
        return new LabFunds(key, address.Text, await WalletReader.ReadAsync(node, address, cancellationToken));
    }

    /// <summary>Builds and signs the transaction that carries <paramref name="floData"/>.</summary>
    public FundedTransaction Fund(ReadOnlyMemory<byte> floData)
    {
        var outcome = RecordWallet.Build(_key, _outputs, floData, SpendingPolicy.Default);
        if (outcome.Transaction is not { } built)
        {
            throw new CliException(outcome.Status switch
            {
                BuildStatus.NotEnough => $"the address {_address} has {Money.ToFlo(outcome.Available)} FLO to spend, {Money.ToFlo(outcome.Needed)} FLO are needed. Send some FLO to it and try again.",
                BuildStatus.ChainTooLong => "too many transactions of this address wait for a block; try again after the next block.",
                _ => $"the transaction could not be built: {outcome.Status}.",
            }) { ExitCode = CliExit.No };
        }

        _outputs = built.ApplyTo(_outputs);
        return new FundedTransaction(built.Hex, built.Txid.ToString(), built.Fee);
    }
}
