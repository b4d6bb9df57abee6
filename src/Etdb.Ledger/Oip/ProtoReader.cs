using System.Buffers.Text;
using System.IO.Compression;
using System.Text;

namespace Etdb.Ledger.Oip;

/// <summary>
/// OIP 5: base64 (<c>p64:</c>) or base64 of gzip (<c>gp64:</c>) of a protobuf <c>SignedMessage</c>
/// { 1 SerializedMessage, 2 MessageType, 3 SignatureType, 4 PubKey, 5 Signature }; the signed text is the base64 of field 1.
/// </summary>
internal static class ProtoReader
{
    private const int FloSignature = 1;
    private const int MultipartType = 3;

    /// <summary>Sixteen hex digits.</summary>
    private const int ReferenceBytes = 8;

    public static OipMessage Read(ReadOnlySpan<byte> base64, bool zipped, IMessageVerifier verifier)
    {
        return Decode(base64) is { } raw && (zipped ? Inflate(raw) : raw) is { } bytes
            ? Read(bytes, verifier)
            : new RefusedMessage(OipKind.Proto, OipReason.ProtoInvalid);
    }

    /// <summary>Reads a <c>SignedMessage</c>, also one put together from parts.</summary>
    public static OipMessage Read(ReadOnlyMemory<byte> bytes, IMessageVerifier verifier)
    {
        if (!TryParse(bytes, out var message))
        {
            return new RefusedMessage(OipKind.Proto, OipReason.ProtoInvalid);
        }

        if (message.SignatureType != FloSignature)
        {
            return new RefusedMessage(OipKind.Proto, OipReason.SignatureUncheckable);
        }

        var signed = Convert.ToBase64String(message.Payload.Span);
        var verdict = SignedText.Check(verifier, message.Address, Convert.ToBase64String(message.Signature.Span), signed);
        if (verdict != OipReason.None)
        {
            return new RefusedMessage(OipKind.Proto, verdict);
        }

        return message.MessageType == MultipartType
            ? ReadPart(message)
            : new ProtoMessage(message.MessageType, message.SignatureType, message.Address, message.Payload);
    }

    /// <summary>
    /// <c>MultiPart</c> { 1 current_part, 2 count_parts, 3 raw_data, 4 reference { 1 raw } }; the reference is the first 8 or all bytes of part 0's id in the order it is
    /// written (oipd compares their hex with the id's first digits).
    /// </summary>
    private static OipMessage ReadPart(Signed message)
    {
        var (number, count, data, reference) = (0UL, 0UL, ReadOnlyMemory<byte>.Empty, ReadOnlyMemory<byte>.Empty);
        var read = ProtoFields.TryEach(message.Payload, field =>
        {
            switch (field.Number)
            {
                case 1:
                    number = field.Value;
                    break;
                case 2:
                    count = field.Value;
                    break;
                case 3:
                    data = field.Bytes;
                    break;
                case 4:
                    return ProtoFields.TryEach(field.Bytes, inner =>
                    {
                        reference = inner.Number == 1 ? inner.Bytes : reference;
                        return true;
                    });
            }

            return true;
        });
        var reason = !read ? OipReason.MultipartMalformed
            : count < 1 || number >= count ? OipReason.MultipartNumbers
            : count > OipLimits.MaxParts ? OipReason.MultipartTooLong
            : number > 0 && reference.Length is not (ReferenceBytes or Hash256.Size) ? OipReason.MultipartReference
            : OipReason.None;
        return reason != OipReason.None
            ? new RefusedMessage(OipKind.Proto, reason)
            : new PartMessage(new MultipartPart(
                (int)number, (int)count - 1, message.Address, number == 0 ? "" : Convert.ToHexStringLower(reference.Span), data) { IsProto = true });
    }

    private static byte[]? Decode(ReadOnlySpan<byte> base64)
    {
        var buffer = new byte[Base64.GetMaxDecodedFromUtf8Length(base64.Length)];
        return Base64.DecodeFromUtf8(base64, buffer, out _, out var written) == System.Buffers.OperationStatus.Done ? buffer[..written] : null;
    }

    private static byte[]? Inflate(byte[] zipped)
    {
        using var input = new GZipStream(new MemoryStream(zipped), CompressionMode.Decompress);
        var buffer = new byte[Math.Min(OipLimits.MaxInflatedBytes, Math.Max(4096, zipped.Length * 4))];
        var length = 0;
        try
        {
            while (true)
            {
                var read = input.Read(buffer, length, buffer.Length - length);
                if (read == 0)
                {
                    return buffer[..length];
                }

                length += read;
                if (length == buffer.Length)
                {
                    if (length == OipLimits.MaxInflatedBytes)
                    {
                        return null;
                    }

                    Array.Resize(ref buffer, Math.Min(OipLimits.MaxInflatedBytes, length * 2));
                }
            }
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private readonly record struct Signed(ReadOnlyMemory<byte> Payload, int MessageType, int SignatureType, string Address, ReadOnlyMemory<byte> Signature);

    private static bool TryParse(ReadOnlyMemory<byte> bytes, out Signed message)
    {
        var signed = new Signed(default, 0, 0, "", default);
        var read = ProtoFields.TryEach(bytes, field =>
        {
            signed = field.Number switch
            {
                1 => signed with { Payload = field.Bytes },
                2 => signed with { MessageType = (int)Math.Min(field.Value, int.MaxValue) },
                3 => signed with { SignatureType = (int)Math.Min(field.Value, int.MaxValue) },
                4 when field.Bytes.Length <= OipLimits.MaxFieldChars => signed with { Address = Encoding.ASCII.GetString(field.Bytes.Span) },
                5 when field.Bytes.Length <= OipLimits.MaxFieldChars => signed with { Signature = field.Bytes },
                _ => signed,
            };
            return true;
        });
        message = signed;
        return read && message.Payload.Length > 0;
    }
}
