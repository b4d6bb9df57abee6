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

    public static OipMessage Read(ReadOnlySpan<byte> base64, bool zipped, IMessageVerifier verifier)
    {
        if (Decode(base64) is not { } raw || (zipped ? Inflate(raw) : raw) is not { } bytes || !TryParse(bytes, out var message))
        {
            return new RefusedMessage(OipKind.Proto, OipReason.ProtoInvalid);
        }

        if (message.SignatureType != FloSignature)
        {
            return new RefusedMessage(OipKind.Proto, OipReason.SignatureUncheckable);
        }

        var signed = Convert.ToBase64String(message.Payload.Span);
        var verdict = SignedText.Check(verifier, message.Address, Convert.ToBase64String(message.Signature.Span), signed);
        return verdict == OipReason.None
            ? new ProtoMessage(message.MessageType, message.SignatureType, message.Address, message.Payload)
            : new RefusedMessage(OipKind.Proto, verdict);
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
        message = new Signed(default, 0, 0, "", default);
        var offset = 0;
        while (offset < bytes.Length)
        {
            if (!TryVarint(bytes.Span, ref offset, out var tag) || !TryField(bytes, ref offset, (int)(tag & 7), out var number, out var field))
            {
                return false;
            }

            message = (tag >> 3) switch
            {
                1 => message with { Payload = field },
                2 => message with { MessageType = (int)Math.Min(number, int.MaxValue) },
                3 => message with { SignatureType = (int)Math.Min(number, int.MaxValue) },
                4 when field.Length <= OipLimits.MaxFieldChars => message with { Address = Encoding.ASCII.GetString(field.Span) },
                5 when field.Length <= OipLimits.MaxFieldChars => message with { Signature = field },
                _ => message,
            };
        }

        return message.Payload.Length > 0;
    }

    private static bool TryField(ReadOnlyMemory<byte> bytes, ref int offset, int wireType, out ulong number, out ReadOnlyMemory<byte> field)
    {
        (number, field) = (0, default);
        ulong length;
        switch (wireType)
        {
            case 0:
                return TryVarint(bytes.Span, ref offset, out number);
            case 1:
                length = 8;
                break;
            case 2:
                if (!TryVarint(bytes.Span, ref offset, out length))
                {
                    return false;
                }

                break;
            case 5:
                length = 4;
                break;
            default:
                return false;
        }

        if (length > (ulong)(bytes.Length - offset))
        {
            return false;
        }

        field = bytes.Slice(offset, (int)length);
        offset += (int)length;
        return true;
    }

    private static bool TryVarint(ReadOnlySpan<byte> bytes, ref int offset, out ulong value)
    {
        value = 0;
        for (var shift = 0; shift < 64 && offset < bytes.Length; shift += 7)
        {
            var b = bytes[offset++];
            value |= (ulong)(b & 0x7f) << shift;
            if (b < 0x80)
            {
                return true;
            }
        }

        return false;
    }
}
