namespace Orleans.Configuration;

/// <summary>How calls travel.</summary>
public abstract class MessagingOptions
{
    /// <summary>How long a caller waits for an answer.</summary>
    /// <value>30 seconds.</value>
    public TimeSpan ResponseTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>A call that timed out has its cancellation token cancelled.</summary>
    /// <value>true.</value>
    public bool CancelRequestOnTimeout { get; set; } = true;
}

/// <inheritdoc cref="MessagingOptions"/>
public class SiloMessagingOptions : MessagingOptions
{
    /// <summary>Most calls that may wait for one activation before further ones are refused with <see cref="Runtime.LimitExceededException"/>.</summary>
    /// <value>10,000: at a millisecond a call the last one would wait ten seconds, a third of the response time-out. (Microsoft Orleans: 0, no limit.)</value>
    public int MaxEnqueuedRequestsHardLimit { get; set; } = 10_000;

    /// <summary>The same for each activation of a stateless worker.</summary>
    /// <value>10,000.</value>
    public int MaxEnqueuedRequestsHardLimit_StatelessWorker { get; set; } = 10_000;

    /// <summary>A turn or call longer than this is logged with grain and method.</summary>
    /// <value>5 seconds.</value>
    public TimeSpan RequestProcessingWarningTime { get; set; } = TimeSpan.FromSeconds(5);
}
