using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Carillon.Storage;

namespace Carillon.Wire;

/// <summary>
/// Reads JSON into a tree, all of it at once, so that nothing later can stumble over what was not looked at: strings
/// are decoded, numbers are in range, keys are unique.
/// </summary>
public static class JsonInput
{
    public static WireInput Read(ReadOnlySpan<byte> body) => Read(body, WireInput.MaxDepth);

    /// <summary>Reads JSON text that stands inside another value, as <c>custom_request</c> does in XML.</summary>
    /// <param name="maxDepth">How deep it may be nested where it stands.</param>
    public static WireInput Read(string text, int maxDepth) => Read(Encoding.UTF8.GetBytes(text), maxDepth);

    private static WireInput Read(ReadOnlySpan<byte> body, int maxDepth)
    {
        if (body.StartsWith("\uFEFF"u8)) body = body[3..];
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = maxDepth });
        var left = WireInput.MaxValues;
        try
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
                return Refused(body, reader.TokenStartIndex, "the body must be one object, like {\"token\": \"...\"}");
            var names = new KeyNames();
            var root = ReadObject(ref reader, names, ref left);
            // Reading on raises an error if anything but white space follows.
            reader.Read();
            return new WireInput(root, null);
        }
        catch (WireObjection objection)
        {
            return Refused(body, objection.At ?? reader.TokenStartIndex, objection.Message);
        }
        catch (JsonException broken)
        {
            return Refused(body, reader.BytesConsumed, broken);
        }
        catch (InvalidOperationException)
        {
            // The reader's word for text that is not UTF-8 or holds half a surrogate pair.
            return Refused(body, reader.TokenStartIndex, "the text is not valid UTF-8, or an escape stands for half a character");
        }
    }

    private static JsonNode? ReadValue(ref Utf8JsonReader reader, KeyNames names, ref int left)
    {
        if (--left < 0) throw new WireObjection($"the body holds more than {WireInput.MaxValues} values");
        return reader.TokenType switch
        {
            JsonTokenType.StartObject => ReadObject(ref reader, names, ref left),
            JsonTokenType.StartArray => ReadArray(ref reader, names, ref left),
            JsonTokenType.String => JsonValue.Create(reader.GetString()),
            JsonTokenType.Number => ReadNumber(ref reader),
            JsonTokenType.True => JsonValue.Create(true),
            JsonTokenType.False => JsonValue.Create(false),
            _ => null,
        };
    }

    private static JsonObject ReadObject(ref Utf8JsonReader reader, KeyNames names, ref int left)
    {
        var result = new JsonObject();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var (name, at) = (names.Read(ref reader), reader.TokenStartIndex);
            reader.Read();
            if (!result.TryAdd(name, ReadValue(ref reader, names, ref left))) throw new WireObjection($"the key '{ShortText.Cut(name, 64)}' stands twice in one object") { At = at };
        }
        return result;
    }

    private static JsonArray ReadArray(ref Utf8JsonReader reader, KeyNames names, ref int left)
    {
        var result = new JsonArray();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) result.Add(ReadValue(ref reader, names, ref left));
        return result;
    }

    private static JsonValue ReadNumber(ref Utf8JsonReader reader)
    {
        if (reader.TryGetInt64(out var whole)) return JsonValue.Create(whole);
        // A decimal keeps 28 digits as they were written, but makes 1e-30 a zero.
        if (reader.ValueSpan.Length <= 28 && reader.ValueSpan.IndexOfAny((byte)'e', (byte)'E') < 0 && reader.TryGetDecimal(out var exact)) return JsonValue.Create(exact);
        if (reader.TryGetDouble(out var real) && double.IsFinite(real)) return JsonValue.Create(real);
        throw new WireObjection("the number is out of range");
    }

    private static WireInput Refused(ReadOnlySpan<byte> body, long consumed, JsonException broken)
    {
        var what = broken.Message;
        var tail = what.IndexOf(" LineNumber:", StringComparison.Ordinal);
        if (tail > 0) what = what[..tail];
        tail = what.IndexOf(" Path:", StringComparison.Ordinal);
        if (tail > 0) what = what[..tail];
        return broken is { LineNumber: { } line, BytePositionInLine: { } at }
            ? Refused(body, StartOf(body, line) + at, what)
            : Refused(body, consumed, what);
    }

    /// <summary>Where a line begins; the first is 0.</summary>
    private static int StartOf(ReadOnlySpan<byte> body, long line)
    {
        var start = 0;
        for (; line > 0 && body[start..].IndexOf((byte)'\n') is >= 0 and var end; line--) start += end + 1;
        return start;
    }

    /// <summary>Told as in XML: the column counts characters (of UTF-16), for that is what an editor shows.</summary>
    /// <param name="position">The byte that is wrong.</param>
    private static WireInput Refused(ReadOnlySpan<byte> body, long position, string what)
    {
        var before = body[..(int)Math.Min(position, body.Length)];
        var line = before.Count((byte)'\n') + 1;
        var column = Encoding.UTF8.GetCharCount(before[(before.LastIndexOf((byte)'\n') + 1)..]) + 1;
        return WireInput.Refused("JSON", line, column, what);
    }
}

/// <summary>Carries a refusal out of the recursive readers to their one catch; never leaves the room.</summary>
internal sealed class WireObjection(string message) : Exception(message)
{
    /// <summary>The byte it is about; null for the token that was read last.</summary>
    public long? At { get; init; }
}

/// <summary>The names of keys that a body has held so far: with many items, the same dozen over and over.</summary>
internal sealed class KeyNames
{
    private const int Longest = 32;

    private readonly string?[] _known = new string?[64];

    public string Read(ref Utf8JsonReader reader)
    {
        if (reader.ValueIsEscaped || reader.HasValueSequence || reader.ValueSpan.Length is 0 or > Longest) return reader.GetString()!;
        var bytes = reader.ValueSpan;
        ref var place = ref _known[(bytes.Length * 31 + bytes[0] * 7 + bytes[^1]) % _known.Length];
        return place is not null && reader.ValueTextEquals(place) ? place : place = reader.GetString()!;
    }
}
