using System.Buffers.Text;
using System.Text;

namespace Carillon.Bench.Load;

/// <summary>A request that is encoded once. Wherever it says <c>############</c> a number of twelve digits is put in before each sending.</summary>
internal sealed class RequestText
{
    public const string Slot = "############";
    private readonly byte[] bytes;
    private readonly int[] slots;

    /// <param name="named">With a <c>Request-ID</c> of its own for each number.</param>
    public RequestText(string path, string body, bool named = false)
    {
        bytes = Encoding.UTF8.GetBytes(
            $"POST /api/v1.1/{path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{(named ? $"Request-ID: {Slot}\r\n" : "")}Content-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");
        slots = [.. Find(bytes)];
    }

    public byte[] Copy() => [.. bytes];

    public void Put(byte[] copy, long number)
    {
        foreach (var slot in slots) Utf8Formatter.TryFormat(number, copy.AsSpan(slot, Slot.Length), out _, new('D', (byte)Slot.Length));
    }

    private static IEnumerable<int> Find(byte[] bytes)
    {
        var slot = Encoding.UTF8.GetBytes(Slot);
        for (var at = bytes.AsSpan().IndexOf(slot); at >= 0;)
        {
            yield return at;
            var next = bytes.AsSpan(at + slot.Length).IndexOf(slot);
            at = next < 0 ? -1 : at + slot.Length + next;
        }
    }
}
