using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace Carillon.Storage;

/// <summary>
/// Makes the 24 hex digits that name profiles, launches and messages: seconds (4 bytes), a number of this process
/// (3 random bytes), a counter (4 bytes) and the shard (1 byte). Ids of one process grow with time, so new rows land at
/// the end of their table; and the last byte alone says on which shard the rows of an id stand.
/// </summary>
public sealed class Ids(TimeProvider time)
{
    private readonly uint _node = (uint)RandomNumberGenerator.GetInt32(1 << 24);
    private uint _counter = (uint)RandomNumberGenerator.GetInt32(1 << 30);
    private long _second;

    public string New(int shard)
    {
        Span<byte> id = stackalloc byte[12];
        BinaryPrimitives.WriteUInt32BigEndian(id, Second());
        id[4] = (byte)(_node >> 16);
        id[5] = (byte)(_node >> 8);
        id[6] = (byte)_node;
        BinaryPrimitives.WriteUInt32BigEndian(id[7..], Interlocked.Increment(ref _counter));
        id[11] = (byte)shard;
        return Convert.ToHexStringLower(id);
    }

    /// <summary>All ids that were made before this moment are smaller, to the second.</summary>
    public static string At(long milliseconds) => ((uint)Math.Clamp(milliseconds / 1000, 0, uint.MaxValue)).ToString("x8", CultureInfo.InvariantCulture);

    /// <summary>The shard an id stands on. Ids that we did not make are looked for on shard 0 or wherever they say.</summary>
    public static short ShardOf(string id, int shards)
    {
        if (id.Length < 2 || !char.IsAsciiHexDigit(id[^1]) || !char.IsAsciiHexDigit(id[^2]))
            return 0;
        return (short)(Convert.FromHexString(id.AsSpan(id.Length - 2))[0] % shards);
    }

    /// <summary>The time never runs backwards inside a process, even when the machine's clock does.</summary>
    private uint Second()
    {
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        var seen = Interlocked.Read(ref _second);
        while (now > seen)
        {
            var before = Interlocked.CompareExchange(ref _second, now, seen);
            if (before == seen) return (uint)now;
            seen = before;
        }
        return (uint)seen;
    }
}
