using System.Text;
using System.Text.Json.Nodes;
using Carillon.Tests.Harness;

namespace Carillon.Tests.Api;

/// <summary>Thousands of bodies that are nearly right, from the documented requests: an answer to each, and never the server's fault.</summary>
public sealed class HostileBodyTests
{
    private static readonly (string Method, string Name)[] Requests =
    [
        ("campaigns/triggers/import_and_start", "import_and_start"), ("campaigns/triggers/start", "start"), ("campaigns/triggers/start", "start_with_files"),
        ("profiles/import", "import_and_start"), ("profiles/get", "start"), ("profiles/update", "import_and_start"),
    ];

    private static readonly string[] Scraps =
    [
        "null", "[]", "{}", "\"\"", "true", "-1", "1e400", "99999999999999999999", "0.1", "\"\\u0000\"", "\"\\ud800\"", "\"\u0000\"", "\\", "\"", "<", ">", "&", "]]>", "<![CDATA[", "<!--", "<a>", "</a>", "<a/>",
        "array='true'", " array=''", "\u2028", "\uFFFE", "\uD83D\uDE00", ",", ":", "email", "custom", "custom_sub", "tags", "profile_id", "push_sub", "interests", ",,", "data:;base64,", "%00", "../", "2026-13-45T99:00:00Z",
        "{\"action\":\"incr\",\"value\":1}", "[[[[[[[[", "matching", "subscriptions", "\"db_id\":1,", "<db_id>1</db_id>", "\"field_name\":\"interests\",", "\"_tz\":\"../../etc/passwd\",", "\"_lat\":\"NaN\",", "\"phones\":[null],", "\"\":\"\",",
    ];

    [Fact]
    public async Task Nearly_right_bodies_get_an_answer_that_is_not_the_servers_fault()
    {
        await using var app = await CarillonApp.StartAsync();
        var dice = new Random(20260101);
        var codes = new Dictionary<int, int>();
        for (var i = 0; i < 3000; i++)
        {
            var (method, name) = Requests[dice.Next(Requests.Length)];
            var format = dice.Next(2) == 0 ? "json" : "xml";
            var body = Mutated(Repository.Read($"tests/Carillon.Tests/Golden/pairs/{name}.request.{format}"), dice);

            var answer = await app.SendAsync(method + "?format=json", body, $"application/{format}").WaitAsync(CarillonApp.SafetyNet);

            var code = (int)(answer.MediaType == "application/json" ? answer.Json["error"]! : JsonNode.Parse(System.Xml.Linq.XElement.Parse(answer.Text).Element("error")!.Value)!);
            (code is 0 or 400 or 401 or 404 or 409 or 413 or 435).ShouldBeTrue($"number {i}, {method}: {answer.Text}\n{Encoding.UTF8.GetString(body)}");
            codes[code] = codes.GetValueOrDefault(code) + 1;
        }

        // The mutations are worth something only if many bodies get past the readers.
        codes[0].ShouldBeGreaterThan(200);
        codes[400].ShouldBeGreaterThan(500);
        (await app.Http.GetStringAsync("/readyz")).ShouldBe("ready\n");
        (await app.PostAsync("profiles/import", new JsonObject { ["db_id"] = 1, ["data"] = new JsonObject { ["email"] = "after@example.com" } })).Error.ShouldBe(0);
    }

    private static byte[] Mutated(string request, Random dice)
    {
        // The same bodies serve the methods that want a database.
        request = request.StartsWith('{') ? "{\"db_id\":1," + request[1..] : request.Replace("<xml>", "<xml><db_id>1</db_id>", StringComparison.Ordinal);
        for (var changes = dice.Next(0, 4); changes > 0; changes--)
        {
            var at = dice.Next(request.Length);
            request = dice.Next(5) switch
            {
                0 => request.Insert(at, Scraps[dice.Next(Scraps.Length)]),
                1 => request.Remove(at, Math.Min(dice.Next(1, 12), request.Length - at)),
                2 => Replaced(request, dice),
                3 => Replaced(request, dice),
                _ => request.Insert(at, request.Substring(at, Math.Min(dice.Next(1, 40), request.Length - at))),
            };
            if (request.Length == 0) return [];
        }
        var bytes = Encoding.UTF8.GetBytes(request);
        if (dice.Next(20) == 0) bytes[dice.Next(bytes.Length)] = (byte)dice.Next(256);
        return dice.Next(50) == 0 ? bytes[..dice.Next(bytes.Length)] : bytes;
    }

    /// <summary>Puts a scrap in the place of a whole value, so that the body stays well-formed more often than not.</summary>
    private static string Replaced(string request, Random dice)
    {
        var (open, close) = request.StartsWith('<') ? ('>', '<') : (':', ',');
        var start = request.IndexOf(open, dice.Next(request.Length));
        var end = start < 0 ? -1 : request.IndexOf(close, start);
        return end < 0 ? request : request[..(start + 1)] + Scraps[dice.Next(Scraps.Length)] + request[end..];
    }
}
