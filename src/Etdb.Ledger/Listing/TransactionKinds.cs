using Etdb.Ledger.Oip;

namespace Etdb.Ledger.Listing;

/// <summary>Tells what comments are, by the rules of a network.</summary>
internal sealed class TransactionKinds(FloNetwork network)
{
    private const int OipFive = 1;
    private readonly FloMessageVerifier _verifier = new(network);
    private readonly CommentReader _reader = new(Indexing.LedgerIndex.RulesOf(network), new FloMessageVerifier(network));
    private readonly CommentReader _known = new(Indexing.LedgerIndex.RulesOf(network), new Believing(network));

    /// <summary>Reads a comment.</summary>
    public OipMessage Read(ReadOnlyMemory<byte> comment, long height, bool isCoinbase) => _reader.Read(comment, height, isCoinbase);

    /// <summary>Reads a comment whose signature was found good when it was listed.</summary>
    public OipMessage ReadKnown(ReadOnlyMemory<byte> comment, long height) => _known.Read(comment, height, isCoinbase: false);

    /// <summary>Reads what parts hold together. OIP 5 comes with its prefix or without.</summary>
    public OipMessage ReadAssembled(ReadOnlyMemory<byte> bytes, long height, bool isProto)
    {
        var message = _reader.Read(bytes, height, isCoinbase: false);
        return isProto && message is IgnoredMessage ? ProtoReader.Read(bytes, _verifier) : message;
    }

    /// <summary>The kind of a message.</summary>
    public static ListedKind Of(OipMessage message) => message switch
    {
        PartMessage => ListedKind.Part,
        EditMessage { Kind: OipKind.Edit } => ListedKind.Edit,
        HistorianMessage => ListedKind.Historian,
        ProtoMessage { MessageType: OipFive } proto => Of(proto.Payload),
        _ => ListedKind.Other,
    };

    // OipFive { 1 record_template, 2 record, … }
    private static ListedKind Of(ReadOnlyMemory<byte> payload)
    {
        var kind = ListedKind.Other;
        ProtoFields.TryEach(payload, field =>
        {
            kind = field.Number switch
            {
                1 => ListedKind.ProtoTemplate,
                2 => ListedKind.ProtoRecord,
                _ => kind,
            };
            return true;
        });
        return kind;
    }

    /// <summary>By which parts find each other: ten digits of the first one's id, sixteen in OIP 5.</summary>
    public static string GroupOf(MultipartPart part, string txid)
    {
        var reference = part.Part == 0 ? txid : part.Reference;
        var digits = part.IsProto ? 16 : MultipartPart.KeyDigits;
        return reference.Length <= digits ? reference : reference[..digits];
    }

    private sealed class Believing(FloNetwork network) : IMessageVerifier
    {
        private readonly FloMessageVerifier _verifier = new(network);

        public bool IsAddress(string address) => _verifier.IsAddress(address);

        public SignatureVerdict Verify(string address, string signature, ReadOnlySpan<byte> message) => SignatureVerdict.Valid;
    }
}
