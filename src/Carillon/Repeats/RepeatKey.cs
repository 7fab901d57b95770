using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Carillon.Repeats;

/// <summary>By what a repeated call is recognised: 20 bytes of a SHA-256, as long as the original's keys.</summary>
public readonly record struct RepeatKey(ulong First, ulong Second, uint Third)
{
    public const int Length = 20;

    /// <summary>The key of some texts and bytes in their order; none of them can run into the next.</summary>
    public static RepeatKey Of(string kind, string text, ReadOnlySpan<byte> rest)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        Hash(kind, text, rest, hash);
        return Read(hash);
    }

    /// <summary>A SHA-256 over length, text, length, text, bytes.</summary>
    public static void Hash(string kind, string text, ReadOnlySpan<byte> rest, Span<byte> hash)
    {
        var longest = Encoding.UTF8.GetMaxByteCount(kind.Length + text.Length) + 2 * sizeof(int) + rest.Length;
        Span<byte> input = longest <= 1024 ? stackalloc byte[longest] : new byte[longest];
        var length = Put(input, kind);
        length += Put(input[length..], text);
        rest.CopyTo(input[length..]);
        SHA256.HashData(input[..(length + rest.Length)], hash);
    }

    public static RepeatKey Read(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]), BinaryPrimitives.ReadUInt32BigEndian(bytes[16..]));

    public byte[] ToBytes()
    {
        var bytes = new byte[Length];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, First);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(8), Second);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(16), Third);
        return bytes;
    }

    public short Shard(int shards) => (short)(Second % (ulong)shards);

    public override string ToString() => Convert.ToBase64String(ToBytes());

    private static int Put(Span<byte> at, string text)
    {
        var length = Encoding.UTF8.GetBytes(text, at[sizeof(int)..]);
        BinaryPrimitives.WriteInt32BigEndian(at, length);
        return sizeof(int) + length;
    }
}
