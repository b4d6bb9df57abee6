namespace Etdb.Silo.Security;

/// <summary>Where the key is that stored credentials are encrypted with (section <c>Secrets</c>).</summary>
public sealed class SecretsOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Secrets";

    /// <summary>Environment variable with the key in base64 (32 bytes); it goes before any file.</summary>
    public const string Variable = "ETDB_SECRET_KEY";

    /// <summary>File that holds the key in base64 (32 bytes). Null: <c>secret.key</c> in the data folder, made at the first start. Silos of one cluster share one key. Default null.</summary>
    public string? KeyFile { get; set; }

    /// <summary>Files of keys used before: what was encrypted with them can still be read. Default none.</summary>
    public IReadOnlyList<string> FormerKeyFiles { get; set; } = [];

    /// <summary>
    /// Id of a key that is lost for good: a silo may start with another one although credentials in the database were sealed with it; each then has to be set again. Default null.
    /// </summary>
    public string? LostKey { get; set; }
}
