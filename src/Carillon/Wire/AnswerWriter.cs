using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml;

namespace Carillon.Wire;

/// <summary>Writes an answer as JSON or XML. The members of the root stand in alphabetical order, as in the original.</summary>
public static class AnswerWriter
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // Line breaks of values are data: a carriage return is written as a reference, or a reader would take it for a line feed.
    private static readonly XmlWriterSettings XmlForm = new() { OmitXmlDeclaration = true, NewLineHandling = NewLineHandling.Entitize };

    public static void Write(IBufferWriter<byte> output, ApiAnswer answer, WireFormat format)
    {
        var members = Envelope(answer);
        if (format == WireFormat.Json) WriteJson(output, members);
        else WriteXml(output, members);
    }

    private static SortedList<string, JsonNode?> Envelope(ApiAnswer answer)
    {
        var members = new SortedList<string, JsonNode?>(answer.Members.Count + 3, StringComparer.Ordinal);
        foreach (var (name, value) in answer.Members) members.Add(name, value);
        members["error"] = answer.Error?.Code ?? 0;
        members["error_text"] = answer.Error?.Text ?? ApiAnswer.Success;
        if (answer.Error?.Debug is { } debug) members["error_debug"] = debug;
        return members;
    }

    private static void WriteJson(IBufferWriter<byte> output, SortedList<string, JsonNode?> members)
    {
        using var writer = new Utf8JsonWriter(output, Options);
        writer.WriteStartObject();
        foreach (var (name, value) in members)
        {
            writer.WritePropertyName(name);
            if (value is null) writer.WriteNullValue();
            else value.WriteTo(writer);
        }
        writer.WriteEndObject();
    }

    private static void WriteXml(IBufferWriter<byte> output, SortedList<string, JsonNode?> members)
    {
        var text = new StringBuilder();
        using (var writer = XmlWriter.Create(text, XmlForm))
        {
            writer.WriteStartElement("xml");
            foreach (var (name, value) in members) WriteElement(writer, name, value);
            writer.WriteEndElement();
        }
        Encoding.UTF8.GetBytes(text.ToString(), output);
    }

    private static void WriteElement(XmlWriter writer, string name, JsonNode? value, bool asArray = false)
    {
        var element = name.Length == 0 ? "_" : XmlConvert.EncodeLocalName(name)!;
        switch (value)
        {
            case JsonArray { Count: 1 } only:
                // One element would read as no array.
                WriteElement(writer, name, only[0] is JsonArray inner ? Wrapped(inner) : only[0], asArray: true);
                return;
            case JsonArray { Count: > 1 } items:
                foreach (var item in items) WriteElement(writer, name, item is JsonArray nested ? Wrapped(nested) : item);
                return;
            case JsonObject { Count: > 0 } members:
                Start(writer, element, asArray);
                foreach (var (key, member) in members) WriteElement(writer, key, member);
                writer.WriteEndElement();
                return;
            case JsonValue scalar when XmlText(scalar) is { Length: > 0 } text:
                Start(writer, element, asArray);
                writer.WriteString(text);
                writer.WriteEndElement();
                return;
            default:
                // As the original writes it; the library would put a space before the slash.
                writer.WriteRaw(asArray ? $"<{element} array=\"true\"/>" : $"<{element}/>");
                return;
        }
    }

    private static void Start(XmlWriter writer, string element, bool asArray)
    {
        writer.WriteStartElement(element);
        if (asArray) writer.WriteAttributeString("array", "true");
    }

    /// <summary>XML has no array inside an array.</summary>
    private static JsonObject Wrapped(JsonArray nested) => new() { ["item"] = nested.DeepClone() };

    /// <summary>XML has no way to write most control characters; they become the replacement character.</summary>
    private static string XmlText(JsonNode value)
    {
        var text = value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString();
        if (text.AsSpan().IndexOfAnyInRange('\0', '\u001f') < 0 && !text.AsSpan().ContainsAnyInRange('\ud800', '\uffff')) return text;
        var result = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            var allowed = rune.Value is 0x9 or 0xA or 0xD or >= 0x20 and not (0xFFFE or 0xFFFF);
            result.Append(allowed ? rune.ToString() : "\uFFFD");
        }
        return result.ToString();
    }
}
