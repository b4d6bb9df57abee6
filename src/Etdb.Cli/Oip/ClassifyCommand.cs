using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using Etdb.Cli.CommandLine;
using Etdb.Ledger.Indexing;
using Etdb.Ledger.Oip;

namespace Etdb.Cli.Oip;

/// <summary><c>etdb oip classify</c>: always exit 0 when there was something to look at; the answer says whether it stands.</summary>
internal static class ClassifyCommand
{
    public static Command Build()
    {
        var command = new Command("classify", "Say what a transaction comment (floData) is, whether its signature stands, and if not, why.");
        var text = new Argument<string>("text") { Description = "The comment, or @FILE to read it from a file, byte for byte." };
        var network = OipArguments.Network();
        var height = new Option<long?>("--height") { Description = "Block height: mainnet's prefixes came and went. -1 for unconfirmed; left out, every prefix counts." };
        var txid = new Option<string?>("--txid") { Description = "Id of the transaction, repeated in the answer." };
        command.Arguments.Add(text);
        command.Options.Add(network);
        command.Options.Add(height);
        command.Options.Add(txid);
        command.Does(async (result, output, cancellationToken) =>
        {
            var comment = await ReadAsync(result.GetValue(text)!, cancellationToken);
            var flo = OipArguments.Find(result.GetValue(network)!);
            var reader = new CommentReader(LedgerIndex.RulesOf(flo), new FloMessageVerifier(flo));
            var answer = OipView.Describe(reader.Read(comment, result.GetValue(height), isCoinbase: null));
            if (result.GetValue(txid) is { } id)
            {
                answer["txid"] = id;
            }

            output.Write(answer, writer => Say(writer, answer));
            return CliExit.Done;
        });
        return command.WithExamples(
            "etdb oip classify @comment.txt --height 2783156",
            "etdb oip classify --network test --json 'json:{\"oip042\":{…}}'");
    }

    private static async Task<byte[]> ReadAsync(string text, CancellationToken cancellationToken)
    {
        if (!text.StartsWith('@'))
        {
            return Encoding.UTF8.GetBytes(text);
        }

        var file = new FileInfo(text[1..]);
        if (!file.Exists || file.Length > OipLimits.MaxRecordBytes)
        {
            throw new CliException(file.Exists
                ? $"{file.FullName} has {file.Length} bytes; a comment has at most {OipLimits.MaxRecordBytes}."
                : $"There is no file {file.FullName}.");
        }

        return await File.ReadAllBytesAsync(file.FullName, cancellationToken);
    }

    private static void Say(TextWriter writer, JsonObject answer)
    {
        var verdict = answer["valid"]!.GetValue<bool>() ? "valid" : $"not valid: {answer["reason"]}";
        writer.WriteLine($"{answer["kind"]}, {verdict}");
        if (answer["record"] is JsonObject record)
        {
            foreach (var (name, value) in record.Where(m => m.Key != "artifact"))
            {
                writer.WriteLine($"  {name}: {value?.ToJsonString(CliOutput.JsonOptions)}");
            }
        }
    }
}
