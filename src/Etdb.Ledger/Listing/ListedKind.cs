namespace Etdb.Ledger.Listing;

/// <summary>What a transaction carries, as far as lists tell it apart. The numbers are stored.</summary>
public enum ListedKind
{
    /// <summary>A record, a registration, something refused.</summary>
    Other = 0,

    /// <summary>A well-signed part of something longer.</summary>
    Part = 1,

    /// <summary>A well-formed edit of 0.42.</summary>
    Edit = 2,

    /// <summary>A historian's data point.</summary>
    Historian = 3,

    /// <summary>An OIP 5 record.</summary>
    ProtoRecord = 4,

    /// <summary>An OIP 5 template of records.</summary>
    ProtoTemplate = 5,
}
