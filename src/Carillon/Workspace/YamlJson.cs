using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Carillon.Workspace;

/// <summary>Writes YAML values as JSON: plain words become numbers, truths and null where YAML says so.</summary>
public static class YamlJson
{
    /// <summary>Names of nodes stay text even where they look like numbers.</summary>
    private static readonly HashSet<string> AlwaysText = ["id", "type", "next"];

    public static string Of(IEnumerable<YamlMap> items)
    {
        var buffer = new ArrayBufferWriter<byte>();
        // The text goes into a column, never into a page: letters may stay letters. An alias can double the depth.
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 2 * YamlTree.MaxDepth + 2 }))
        {
            json.WriteStartArray();
            foreach (var item in items) Write(json, item, AlwaysText);
            json.WriteEndArray();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter json, YamlValue value, HashSet<string> texts)
    {
        switch (value)
        {
            case YamlText text:
                WriteText(json, text);
                break;
            case YamlList list:
                json.WriteStartArray();
                foreach (var item in list.Items) Write(json, item, []);
                json.WriteEndArray();
                break;
            case YamlMap map:
                json.WriteStartObject();
                foreach (var (key, inner) in map.Pairs)
                {
                    json.WritePropertyName(key.Text);
                    if (inner is YamlText { IsNull: false } text && texts.Contains(key.Text)) json.WriteStringValue(text.Text);
                    else Write(json, inner, []);
                }
                json.WriteEndObject();
                break;
        }
    }

    private static void WriteText(Utf8JsonWriter json, YamlText text)
    {
        if (text.IsNull) json.WriteNullValue();
        else if (text is { Plain: true, Text: "true" or "True" or "TRUE" }) json.WriteBooleanValue(true);
        else if (text is { Plain: true, Text: "false" or "False" or "FALSE" }) json.WriteBooleanValue(false);
        else if (text.Plain && long.TryParse(text.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)) json.WriteNumberValue(whole);
        else if (text.Plain && decimal.TryParse(text.Text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var number)) json.WriteNumberValue(number);
        else json.WriteStringValue(text.Text);
    }
}
