namespace Etdb.Ledger.Flo.Keys;

/// <summary>Where FLO wallets keep their keys (BIP 44, coin type 216; OIPIP-0003 for publishers).</summary>
public static class PublisherPath
{
    /// <summary>Account of a publisher's payment addresses (OIPIP-0003).</summary>
    public const int PublisherAccount = 1;

    /// <summary>Path of a BIP 44 account: <c>m/44'/coin'/account'</c>.</summary>
    public static string Account(FloNetwork network, int account) => $"m/44'/{network.CoinType}'/{account}'";

    /// <summary>Path of an address in the external chain of an account.</summary>
    public static string Address(FloNetwork network, int account, int index) => $"{Account(network, account)}/0/{index}";
}
