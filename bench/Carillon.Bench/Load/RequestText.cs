using System.Buffers.Text;
using System.Text;

namespace Carillon.Bench.Load;

/// <summary>
/// A request that is encoded once. Before each sending a number of twelve digits is put in wherever it says <c>############</c>, and one that
/// no other request has wherever it says <c>%%%%%%%%%%%%</c>: a repeated call would be answered from the first one's answer.
/// </summary>
internal sealed class RequestText
{
    public const string Slot = "############";
    public const string Unique = "%%%%%%%%%%%%";
    private static long _sent;
    private readonly byte[] bytes;
    private readonly int[] slots;
    private readonly int[] uniques;

    /// <param name="named">With a <c>Request-ID</c> of its own on each sending.</param>
    public RequestText(string path, string body, bool named = false)
    {
        bytes = Encoding.UTF8.GetBytes(
            $"POST /api/v1.1/{path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{(named ? $"Request-ID: {Unique}\r\n" : "")}Content-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");
        slots = [.. Find(Slot)];
        uniques = [.. Find(Unique)];
    }

    public byte[] Copy() => [.. bytes];

    public void Put(byte[] copy, long number)
    {
        foreach (var slot in slots) Put(copy, slot, number);
        if (uniques.Length == 0) return;
        var unique = Interlocked.Increment(ref _sent);
        foreach (var slot in uniques) Put(copy, slot, unique);
    }

    /// <summary>The body with its numbers, for calls that do not go over HTTP.</summary>
    public string Body(long number)
    {
        var copy = Copy();
        Put(copy, number);
        return Encoding.UTF8.GetString(copy.AsSpan(copy.AsSpan().IndexOf("\r\n\r\n"u8) + 4));
    }

    private static void Put(byte[] copy, int slot, long number) => Utf8Formatter.TryFormat(number, copy.AsSpan(slot, Slot.Length), out _, new('D', (byte)Slot.Length));

    private IEnumerable<int> Find(string word)
    {
        var slot = Encoding.UTF8.GetBytes(word);
        for (var at = bytes.AsSpan().IndexOf(slot); at >= 0;)
        {
            yield return at;
            var next = bytes.AsSpan(at + slot.Length).IndexOf(slot);
            at = next < 0 ? -1 : at + slot.Length + next;
        }
    }
}
