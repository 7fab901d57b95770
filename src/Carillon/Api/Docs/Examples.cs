using System.Reflection;
using System.Text.Json.Nodes;

namespace Carillon.Api.Docs;

/// <summary>The golden requests: the tests replay them, the program carries them inside, and there is one copy.</summary>
public static class Examples
{
    public static JsonObject Json(string name) => (JsonObject)JsonNode.Parse(Read($"{name}.request.json"))!;

    public static string Xml(string name) => Read($"{name}.request.xml");

    private static string Read(string file)
    {
        using var resource = Assembly.GetExecutingAssembly().GetManifestResourceStream("Examples/" + file) ?? throw new InvalidOperationException($"There is no golden request {file}");
        using var reader = new StreamReader(resource);
        return reader.ReadToEnd();
    }
}
