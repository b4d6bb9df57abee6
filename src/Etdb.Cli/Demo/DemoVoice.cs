using Etdb.Silo.Api;
using Etdb.Storage.Catalogue;

namespace Etdb.Cli.Demo;

/// <summary>Tells what the demo does: a line on stdout, an event for the dashboard.</summary>
internal sealed class DemoVoice(TextWriter output, TimeProvider time)
{
    private readonly long _begun = time.GetTimestamp();
    private readonly Lock _lock = new();

    /// <summary>Where live readers listen; null until the silo is built.</summary>
    public CatalogueEvents? Events { get; set; }

    /// <summary>Seconds since the demo began.</summary>
    public double Seconds => time.GetElapsedTime(_begun).TotalSeconds;

    /// <summary>Says a line of a step: <c>start|publish|replicate|break|detect|reseed|verify|idle</c>.</summary>
    public void Say(string step, string text)
    {
        lock (_lock)
        {
            output.WriteLine($"{Seconds,7:0.0} s [{step}] {text}");
            output.Flush();
        }

        Events?.Publish(new Announcement("demo", new { Step = step, Text = text }));
    }
}
