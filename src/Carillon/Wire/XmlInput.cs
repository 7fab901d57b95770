using System.Runtime.InteropServices;
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
        using var reader = XmlReader.Create(Stream(body), Settings);
        try
        {
            reader.MoveToContent();
            if (reader.NodeType != XmlNodeType.Element || reader.LocalName != "xml")
                throw new WireObjection("the root element must be <xml>");
            var root = ReadElement(reader, depth: 1) ?? new JsonObject();
            if (root is not JsonObject parameters) throw new WireObjection("the root element <xml> must hold elements, not text");
            // Reading on raises an error if another element follows the root.
            while (reader.Read()) { }
            return new WireInput(parameters, null);
        }
        catch (WireObjection objection)
        {
            var at = (IXmlLineInfo)reader;
            return WireInput.Refused("XML", at.LineNumber, at.LinePosition, objection.Message);
        }
        catch (XmlException broken)
        {
            return WireInput.Refused("XML", broken.LineNumber, broken.LinePosition, WithoutPosition(broken.Message));
        }
        catch (Exception unreadable) when (unreadable is ArgumentException or NotSupportedException or System.Text.DecoderFallbackException)
        {
            return WireInput.Refused("XML", 1, 1, "the encoding that the document declares is not supported: send UTF-8");
        }
    }

    /// <summary>Reads the element the reader stands on and leaves the reader on its end.</summary>
    private static JsonNode? ReadElement(XmlReader reader, int depth)
    {
        if (depth > WireInput.MaxDepth) throw new WireObjection($"the elements are nested deeper than {WireInput.MaxDepth}");
        if (reader.IsEmptyElement) return null;
        JsonObject? members = null;
        string? text = null;
        while (reader.Read() && reader.NodeType != XmlNodeType.EndElement)
        {
            if (reader.NodeType == XmlNodeType.Element) ReadMember(reader, members ??= [], depth);
            else text += reader.Value;
            if (members is not null && text is not null) throw new WireObjection("text stands between elements");
        }
        if (members is not null) return members;
        return text is null ? null : JsonValue.Create(text);
    }

    private static void ReadMember(XmlReader reader, JsonObject members, int depth)
    {
        var name = reader.LocalName;
        var isArray = string.Equals(reader.GetAttribute("array"), "true", StringComparison.OrdinalIgnoreCase);
        var empty = reader.IsEmptyElement;
        var value = ReadElement(reader, depth + 1);
        if (members.TryGetPropertyValue(name, out var there))
        {
            if (there is JsonArray known) known.Add(value);
            else
            {
                members.Remove(name);
                members.Add(name, new JsonArray(there, value));
            }
        }
        else
        {
            members.Add(name, !isArray ? value : empty ? [] : new JsonArray(value));
        }
    }

    private static MemoryStream Stream(ReadOnlyMemory<byte> body) => MemoryMarshal.TryGetArray(body, out var array)
        ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
        : new MemoryStream(body.ToArray(), writable: false);

    private static string WithoutPosition(string message)
    {
        var tail = message.LastIndexOf(" Line ", StringComparison.Ordinal);
        return tail > 0 ? message[..tail] : message;
    }
}
