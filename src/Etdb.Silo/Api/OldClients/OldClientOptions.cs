namespace Etdb.Silo.Api.OldClients;

/// <summary>How programs written for the daemons before this one are served (section <c>OldClients</c>).</summary>
public sealed class OldClientOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "OldClients";

    /// <summary>Whether <c>/api/v2</c>, <c>/alexandria/v2</c> and <c>/oip</c> are answered. Default true.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>
    /// Whether pages of any other site may read these answers (<c>Access-Control-Allow-Origin: *</c>), as the old daemons let them. What is read so is read as nobody: no cookie
    /// and no place on this machine speaks for the reader. Default false.
    /// </summary>
    public bool AnyOrigin { get; set; }
}
