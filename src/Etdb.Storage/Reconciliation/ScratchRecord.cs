using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Etdb.Storage.Reconciliation;

/// <summary>Numbers and texts, one after the other, as bytes that only the process that wrote them reads.</summary>
internal sealed class ScratchRecord
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    /// <summary>What was put since <see cref="Begin"/>.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.WrittenSpan;

    public ScratchRecord Begin()
    {
        _bytes.ResetWrittenCount();
        return this;
    }

    public ScratchRecord Put(int number)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_bytes.GetSpan(sizeof(int)), number);
        _bytes.Advance(sizeof(int));
        return this;
    }

    /// <summary>A text, or null.</summary>
    public ScratchRecord Put(string? text)
    {
        if (text is null)
        {
            return Put(-1);
        }

        var length = Encoding.UTF8.GetByteCount(text);
        Put(length);
        Encoding.UTF8.GetBytes(text, _bytes.GetSpan(length));
        _bytes.Advance(length);
        return this;
    }

    public ScratchRecord Put(IReadOnlyCollection<int> numbers)
    {
        Put(numbers.Count);
        foreach (var number in numbers)
        {
            Put(number);
        }

        return this;
    }

    /// <summary>Reads what was put, in the same order.</summary>
    public sealed class Reader(byte[] bytes)
    {
        private int _at;

        public bool HasMore => _at < bytes.Length;

        public int Number()
        {
            var number = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(_at));
            _at += sizeof(int);
            return number;
        }

        public string? Text()
        {
            var length = Number();
            if (length < 0)
            {
                return null;
            }

            _at += length;
            return Encoding.UTF8.GetString(bytes, _at - length, length);
        }

        public int[] Numbers()
        {
            var numbers = new int[Number()];
            for (var i = 0; i < numbers.Length; i++)
            {
                numbers[i] = Number();
            }

            return numbers;
        }
    }
}
