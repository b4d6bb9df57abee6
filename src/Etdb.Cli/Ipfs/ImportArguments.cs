using System.CommandLine;
using Etdb.Cli.CommandLine;
using Etdb.Ipfs.Import;
using Etdb.Ipfs.UnixFs;

namespace Etdb.Cli.Ipfs;

/// <summary>The options that decide which CID the same bytes get, as <c>ipfs add</c> names them.</summary>
internal sealed class ImportArguments
{
    private readonly Option<string> _profile = new("--profile")
    {
        Description = "unixfs-v0-2015 (Kubo's and js-ipfs's CIDv0: 256 KiB, 174 links) or unixfs-v1-2025 (CIDv1, raw leaves: 1 MiB, 1024 links).",
        DefaultValueFactory = _ => ImportProfile.V0Of2015.Name,
    };

    private readonly Option<int?> _cidVersion = new("--cid-version") { Description = "0 or 1; with 1 leaves are raw unless --no-raw-leaves is given." };
    private readonly Option<bool> _rawLeaves = new("--raw-leaves") { Description = "Leaves are the bare bytes." };
    private readonly Option<bool> _noRawLeaves = new("--no-raw-leaves") { Description = "Leaves are wrapped in dag-pb." };
    private readonly Option<string?> _chunker = new("--chunker") { Description = "size-N, N in bytes." };
    private readonly Option<bool> _skipHidden = new("--skip-hidden") { Description = "Leave out names that start with a dot, as ipfs add does by default." };
    private readonly Option<bool> _links = new("--record-symlinks") { Description = "Record symbolic links as links; without it they are refused." };
    private readonly Option<int> _workers = new("--workers") { Description = "Threads; 0 is one for each processor." };

    public Argument<string> Path { get; } = new("path") { Description = "File or folder." };

    public void AddTo(Command command)
    {
        command.Arguments.Add(Path);
        Option[] all = [_profile, _cidVersion, _rawLeaves, _noRawLeaves, _chunker, _skipHidden, _links, _workers];
        foreach (var option in all)
        {
            command.Options.Add(option);
        }
    }

    /// <exception cref="CliException">The options contradict each other or cannot be.</exception>
    public ImportOptions Read(ParseResult result, IProgress<ImportProgress>? progress)
    {
        var name = result.GetValue(_profile)!;
        var profile = ImportProfile.ByName(name) ?? throw new CliException($"There is no profile '{name}'; unixfs-v0-2015 and unixfs-v1-2025 exist.");
        if (result.GetValue(_cidVersion) is { } version && version != profile.CidVersion)
        {
            profile = profile with { CidVersion = version, RawLeaves = version == 1 };
        }

        var (raw, noRaw) = (result.GetValue(_rawLeaves), result.GetValue(_noRawLeaves));
        if (raw && noRaw)
        {
            throw new CliException("--raw-leaves and --no-raw-leaves exclude each other; give one.");
        }

        profile = profile with { RawLeaves = raw || (!noRaw && profile.RawLeaves) };
        profile = result.GetValue(_chunker) is { } chunker ? profile.WithChunker(chunker) : profile;
        if (profile.Problem() is { } problem)
        {
            throw new CliException($"These options cannot be used: {problem}.");
        }

        var workers = result.GetValue(_workers);
        return new ImportOptions
        {
            Profile = profile,
            IncludeHidden = !result.GetValue(_skipHidden),
            Symlinks = result.GetValue(_links) ? SymlinkRule.Record : SymlinkRule.Refuse,
            Workers = workers is >= 0 and <= 1024 ? workers : throw new CliException($"--workers {workers}: 0 to 1024 are possible."),
            Progress = progress,
        };
    }

    /// <summary>Runs an import and turns its refusals into what a command says.</summary>
    public static async Task<T> GuardAsync<T>(Func<Task<T>> import)
    {
        try
        {
            return await import();
        }
        catch (ImportException e)
        {
            throw new CliException(e.Message, e) { ExitCode = e.Problem == ImportProblem.FileChanged ? CliExit.No : CliExit.BadInput };
        }
    }
}
