using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using System.Xml;

namespace Carillon.Wire;

/// <summary>
/// Reads XML into the tree that the same request in JSON would give: elements are members, repeated elements are an array,
/// <c>array='true'</c> makes one element an array, an empty element is null. Values stay text; the reader of a parameter
/// knows its type. DTDs, and with them entities of one's own, are refused.
/// </summary>
public static class XmlInput
{
    private const string OnlyUtf8 = "the document is not in UTF-8, or says so: send UTF-8";

    private static readonly XmlReaderSettings Settings = new()
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        IgnoreComments = true,
        IgnoreProcessingInstructions = true,
        IgnoreWhitespace = true,
        CloseInput = true,
    };

    public static WireInput Read(ReadOnlyMemory<byte> body)
    {
        // Only UTF-8 begins like this; the library would read UTF-16 too, whatever the Content-Type said.
        if (body.Span is [0xFE, 0xFF, ..] or [0xFF, 0xFE, ..] or [0, ..] or [_, 0, ..]) return WireInput.Refused("XML", 1, 1, OnlyUtf8);
        using var reader = XmlReader.Create(Stream(body), Settings);
        try
        {
            return new WireInput(ReadRoot(reader), null);
        }
        catch (WireObjection objection)
        {
            var at = (IXmlLineInfo)reader;
            return WireInput.Refused("XML", at.LineNumber, at.LinePosition, objection.Message);
        }
        catch (XmlException broken)
        {
            return WireInput.Refused("XML", Math.Max(broken.LineNumber, 1), Math.Max(broken.LinePosition, 1), WithoutPosition(broken.Message));
        }
        catch (Exception unreadable) when (unreadable is ArgumentException or NotSupportedException or DecoderFallbackException)
        {
            return WireInput.Refused("XML", 1, 1, OnlyUtf8);
        }
    }

    private static JsonObject ReadRoot(XmlReader reader)
    {
        while (reader.Read() && reader.NodeType != XmlNodeType.Element)
        {
            if (reader.NodeType == XmlNodeType.XmlDeclaration && reader.GetAttribute("encoding") is { } encoding
                && !encoding.Equals("utf-8", StringComparison.OrdinalIgnoreCase)) throw new WireObjection(OnlyUtf8);
        }
        if (reader.NodeType != XmlNodeType.Element || reader.LocalName != "xml") throw new WireObjection("the root element must be <xml>");
        var left = WireInput.MaxValues;
        var (root, _) = ReadElement(reader, depth: 1, ref left);
        if (root is not (null or JsonObject)) throw new WireObjection("the root element <xml> must hold elements, not text");
        // Reading on raises an error if another element follows the root.
        while (reader.Read()) { }
        return (JsonObject?)root ?? [];
    }

    /// <summary>Reads the element the reader stands on and leaves the reader on its end. The height counts objects and arrays,
    /// as the depth of JSON does; that an element is one of an array may show only later.</summary>
    private static (JsonNode? Value, int Height) ReadElement(XmlReader reader, int depth, ref int left)
    {
        // This one keeps the stack small; the height keeps the tree as low as one of JSON.
        if (depth > WireInput.MaxDepth + 1) throw TooDeep();
        if (--left < 0) throw new WireObjection($"the body holds more than {WireInput.MaxValues} values");
        if (reader.IsEmptyElement) return (null, 0);
        JsonObject? members = null;
        var height = 0;
        string? text = null;
        StringBuilder? pieces = null;
        while (reader.Read() && reader.NodeType != XmlNodeType.EndElement)
        {
            if (reader.NodeType == XmlNodeType.Element) height = Math.Max(height, ReadMember(reader, members ??= [], depth, ref left));
            else if (text is null) text = reader.Value;
            // Comments and CDATA sections cut a text into any number of pieces.
            else (pieces ??= new StringBuilder(text)).Append(reader.Value);
            if (members is null || text is null) continue;
            // White space that is longer than the library's buffer comes as text.
            if (!string.IsNullOrWhiteSpace(pieces?.ToString() ?? text)) throw new WireObjection("text stands between elements");
            (text, pieces) = (null, null);
        }
        if (members is null) return (text is null ? null : JsonValue.Create(pieces?.ToString() ?? text), 0);
        return height + 1 > WireInput.MaxDepth ? throw TooDeep() : (members, height + 1);
    }

    private static int ReadMember(XmlReader reader, JsonObject members, int depth, ref int left)
    {
        var name = reader.LocalName;
        var isArray = string.Equals(reader.GetAttribute("array"), "true", StringComparison.OrdinalIgnoreCase);
        var empty = reader.IsEmptyElement;
        var (value, height) = ReadElement(reader, depth + 1, ref left);
        if (members.TryGetPropertyValue(name, out var there))
        {
            if (there is not JsonArray items)
            {
                // Replaced in place, so that the order of the members stays and no member is moved.
                members[name] = items = [];
                items.Add(there);
                // The first one now stands a level deeper than it was counted.
                height = Math.Max(height, Height(there));
            }
            items.Add(value);
            return height + 1;
        }
        members.Add(name, !isArray ? value : empty ? [] : new JsonArray(value));
        return isArray ? height + 1 : height;
    }

    private static int Height(JsonNode? node) => node switch
    {
        JsonObject members => 1 + members.Select(member => Height(member.Value)).DefaultIfEmpty().Max(),
        JsonArray items => 1 + items.Select(Height).DefaultIfEmpty().Max(),
        _ => 0,
    };

    private static WireObjection TooDeep() => new($"the elements are nested deeper than {WireInput.MaxDepth}");

    private static MemoryStream Stream(ReadOnlyMemory<byte> body) => MemoryMarshal.TryGetArray(body, out var array)
        ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
        : new MemoryStream(body.ToArray(), writable: false);

    private static string WithoutPosition(string message)
    {
        var tail = message.LastIndexOf(" Line ", StringComparison.Ordinal);
        return tail > 0 ? message[..tail] : message;
    }
}
