using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Carillon.Tests.Harness;

namespace Carillon.Tests.Golden;

/// <summary>The documented requests with many items, letter for letter; any 24 hex digits will do for an id. One document lacks a closing quote,
/// and the two of them that match by a field give one e-mail to two profiles, which only one can have.</summary>
public sealed partial class BulkGoldenTests
{
    private const string Method = "campaigns/triggers/import_and_start_batch";

    [Theory]
    [InlineData("json")]
    [InlineData("xml")]
    public async Task Import_and_start_batch(string format)
    {
        await using var app = await CarillonApp.StartAsync();

        var answer = await SendAsync(app, "import_and_start_batch", format);

        ShouldBe(answer, Read($"import_and_start_batch.answer.{format}"), format);
        // Both items are for one e-mail: the second updates what the first made.
        (await app.CountAsync("profiles")).ShouldBe(1);
        ((string)(await app.ProfileAsync("email", "email", "example@example.com"))["_fname"]!).ShouldBe("Eva");
        await app.Sink.WaitForAsync(2);
    }

    [Fact]
    public async Task The_documented_request_that_lacks_a_quote_is_refused_with_the_place()
    {
        await using var app = await CarillonApp.StartAsync();

        var answer = await SendAsync(app, "import_and_start_batch_custom", "json");

        answer.Json.ToJsonString().ShouldBe(JsonNode.Parse(Read("import_and_start_batch_custom.answer.json"))!.ToJsonString());
        (await app.CountAsync("profiles")).ShouldBe(0);
    }

    [Theory]
    [InlineData("json")]
    [InlineData("xml")]
    public async Task Import_and_start_batch_by_a_field(string format)
    {
        await using var app = await CarillonApp.StartAsync(yaml => yaml
            .Replace("{name: custom_field, type: string}", "{name: custom_field, type: string, indexed: true}", StringComparison.Ordinal)
            .Replace("{id: 84, ", "{id: 85, ", StringComparison.Ordinal));
        var request = Read($"import_and_start_batch_custom.request.{format}").Replace("\"example@example.com,", "\"example@example.com\",", StringComparison.Ordinal);

        var answer = await app.SendAsync(Method, request, $"application/{format}");
        ShouldBe(answer, Read($"import_and_start_batch_custom_mended.answer.{format}"), format);
    }

    [Theory]
    [InlineData("json")]
    [InlineData("xml")]
    public async Task A_body_over_the_limit(string format)
    {
        await using var app = await CarillonApp.StartAsync();

        var answer = await app.SendAsync(Method, Read($"import_and_start_batch.request.{format}") + new string(' ', 10 << 20), $"application/{format}");

        if (format == "json") JsonNode.DeepEquals(answer.Json, JsonNode.Parse(Read("body_too_large.answer.json"))).ShouldBeTrue(answer.Text);
        else answer.Text.ShouldBe(Flat(Read("body_too_large.answer.xml")));
    }

    private static Task<Answer> SendAsync(CarillonApp app, string name, string format) => app.SendAsync(Method, Read($"{name}.request.{format}"), $"application/{format}");

    private static string Read(string file) => Repository.Read("tests/Carillon.Tests/Golden/pairs/" + file);

    private static void ShouldBe(Answer answer, string documented, string format)
    {
        answer.MediaType.ShouldBe($"application/{format}");
        var (told, wanted) = (AnyId().Replace(answer.Text, "(id)"), AnyId().Replace(documented, "(id)"));
        if (format == "json") JsonNode.DeepEquals(JsonNode.Parse(told), JsonNode.Parse(wanted)).ShouldBeTrue(answer.Text);
        else told.ShouldBe(Flat(wanted));
    }

    private static string Flat(string xml) => XElement.Parse(xml).ToString(SaveOptions.DisableFormatting);

    [GeneratedRegex("[0-9a-f]{24}", RegexOptions.NonBacktracking)]
    private static partial Regex AnyId();
}
