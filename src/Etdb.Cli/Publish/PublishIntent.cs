using System.Text.Json.Nodes;
using Etdb.Cli.CommandLine;
using Etdb.Ipfs.Import;
using Etdb.Ipfs.UnixFs;
using Etdb.Ledger.Oip;
using Etdb.Ledger.Publishing.Pipeline;
using Etdb.Ledger.Publishing.Records;

namespace Etdb.Cli.Publish;

/// <summary>What <c>etdb publish</c> would say now, found without asking any node and without changing anything.</summary>
/// <param name="Folder">Folder with the files.</param>
/// <param name="Manifest">What the lab says of them; null for a name.</param>
/// <param name="History">What was said before; null when nothing.</param>
/// <param name="Name">The publisher's name, when that is what is to be said.</param>
/// <param name="Deactivate">Withdraw the record.</param>
internal sealed record PublishIntent(string Folder, DatasetManifest? Manifest, DatasetHistory? History, string? Name, bool Deactivate)
{
    private const long SampleSeconds = 1_700_000_000;

    /// <summary>The record it would act on; null for a new one.</summary>
    public string? Record => Name is null ? History?.Record : null;

    /// <summary>For people.</summary>
    public string Title => Name ?? Manifest!.Title;

    /// <summary>The comment, as long as the real one will be; no kind and no bytes when there is nothing to say.</summary>
    /// <exception cref="CliException">What the record says now is not known, or there is none to withdraw.</exception>
    public async Task<(PublicationKind? Kind, string? Root, byte[] Comment)> CommentAsync(IMessageSigner measure, CancellationToken ct)
    {
        if (Name is not null)
        {
            return (PublicationKind.Register, null, RecordBuilder.RegisterComment(Name, SampleSeconds * 1000, measure));
        }

        if (Deactivate)
        {
            var record = Record ?? throw new CliException("there is no record of this folder to withdraw; name one with --record.");
            return History!.IsDeactivated ? (null, History.Root, []) : (PublicationKind.Deactivate, History.Root, RecordBuilder.DeactivateComment(record, SampleSeconds, measure));
        }

        var root = (await new UnixFsImporter(new ImportOptions { Profile = ImportProfile.V0Of2015 }, null).ImportPathAsync(Folder, ct)).Cid.ToString();
        var artifact = ArtifactBuilder.Build(Folder, Manifest!, root, measure.Address, SampleSeconds);
        return Record is null || History!.IsDeactivated
            ? (PublicationKind.Publish, root, RecordBuilder.PublishComment(RecordBuilder.Sign(artifact, measure)))
            : Edit(root, artifact, measure);
    }

    private (PublicationKind? Kind, string? Root, byte[] Comment) Edit(string root, JsonObject artifact, IMessageSigner measure)
    {
        var current = History!.Artifact ?? throw new CliException($"what record {Record} says now is not known here; give it with --artifact FILE.");
        return DatasetPublisher.SameWords(current, artifact)
            ? (null, root, [])
            : (PublicationKind.Edit, root, RecordBuilder.EditComment(Record!, current, artifact, SampleSeconds * 1000, measure));
    }
}
