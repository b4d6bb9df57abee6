using System.Text.RegularExpressions;

namespace Etdb.Silo.Security;

/// <summary>
/// Takes secrets out of texts that are kept: who types a whole token or invitation where its id is asked for must not find it in the evidence for ever, where auditors read it.
/// </summary>
internal static class SecretTexts
{
    private const RegexOptions Options = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking;

    private static readonly Regex Token = new("(?<name>etdb_[0-9a-f]{12}_)[0-9a-f]+", Options);
    private static readonly Regex Invite = new(@"(?<name>etdb-invite\.)[A-Za-z0-9_.=-]+", Options);

    /// <summary>The text with the secret part of every token and invitation in it replaced by ***; what names them stays.</summary>
    public static string? Hide(string? text) => text is null ? null : Invite.Replace(Token.Replace(text, "${name}***"), "${name}***");
}
