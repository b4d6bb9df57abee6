namespace Etdb.Orleans.Embedded.Engine;

/// <summary>Where the directory sends what is meant for a grain id: one activation, or the workers of a stateless grain.</summary>
internal abstract class Receiver
{
    /// <summary>False when it has ended and the request must be sent again to its successor.</summary>
    public abstract bool TryReceive(Request request);
}
