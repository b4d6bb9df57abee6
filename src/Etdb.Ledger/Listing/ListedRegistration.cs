using System.Text;
using Etdb.Ledger.Indexing;

namespace Etdb.Ledger.Listing;

/// <summary>A registration, as it was written.</summary>
/// <param name="Registration">The registration in force.</param>
public sealed record ListedRegistration(IndexedRegistration Registration) : Listed
{
    /// <inheritdoc/>
    public override long Time => Registration.Place.Time;

    /// <inheritdoc/>
    public override string Txid => Registration.RegistrationTxid;

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> ToJson() => Encoding.UTF8.GetBytes(Registration.Message.Json);
}
