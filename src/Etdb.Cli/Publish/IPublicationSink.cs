using Etdb.Ledger.Publishing.Records;

namespace Etdb.Cli.Publish;

/// <summary>Who broadcasts a plan and watches over it: a silo of the cluster, or the lab itself through its FLO node.</summary>
internal interface IPublicationSink
{
    /// <summary>Takes the plan over; durable (or broadcast) when it returns. The same plan again changes nothing.</summary>
    Task SendAsync(string address, string title, PublicationPlan plan, CancellationToken cancellationToken);
}
