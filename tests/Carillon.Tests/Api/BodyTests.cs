using System.Text;
using System.Text.Json.Nodes;
using Carillon.Api;
using Carillon.Commands;
using Carillon.Tests.Harness;

namespace Carillon.Tests.Api;

/// <summary>Bodies that are too large, cut off, or wait for more.</summary>
public sealed class BodyTests : IAsyncLifetime
{
    private static readonly ApiSettings Small = new() { MaxBody = 64 << 10, MaxBodyWithFiles = 4 << 20, BodyMemory = 13 << 20 };

    private CarillonApp _app = null!;

    public async Task InitializeAsync() => _app = await CarillonApp.StartAsync(settings: new Settings { Api = Small });

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    [InlineData(false, "profiles/import", 64 << 10)]
    [InlineData(true, "profiles/import", 64 << 10)]
    [InlineData(false, "campaigns/triggers/start", 4 << 20)]
    [InlineData(true, "campaigns/triggers/start", 4 << 20)]
    public async Task A_body_over_the_limit_gets_the_documented_answer(bool chunked, string method, int limit)
    {
        var json = JsonNode.Parse(await SendAsync(method, Padded(limit + 1, "json", attach: true), "application/json", chunked))!.AsObject();
        JsonNode.DeepEquals(json, JsonNode.Parse("""{"error":400,"error_text":"Invalid request","error_debug":"http: request body too large"}""")).ShouldBeTrue(json.ToJsonString());
        (await SendAsync(method, Padded(limit + 1, "xml", attach: true), "application/xml", chunked))
            .ShouldBe("<xml><error>400</error><error_debug>http: request body too large</error_debug><error_text>Invalid request</error_text></xml>");
        (await SendAsync(method, Padded(limit, "json", attach: true), "application/json", chunked)).ShouldNotContain("too large");
    }

    [Theory]
    [InlineData("json")]
    [InlineData("xml")]
    public async Task A_larger_body_is_taken_only_with_files(string format)
    {
        (await SendAsync("campaigns/triggers/start", Padded(1 << 20, format, attach: false), $"application/{format}", chunked: false)).ShouldContain("http: request body too large");
        (await SendAsync("campaigns/triggers/start", Padded(1 << 20, format, attach: true), $"application/{format}", chunked: false)).ShouldContain("404");
    }

    [Theory]
    [InlineData("campaigns/triggers/start", """{"attach":[]}""")]
    [InlineData("campaigns/triggers/start", """{"attach":0}""")]
    [InlineData("campaigns/triggers/start", """{"attach":[{}]}""")]
    [InlineData("campaigns/triggers/start", """{"attach":"text"}""")]
    [InlineData("campaigns/triggers/import_and_start_batch", """{"data":[{"attach":[]},{"email":"a@example.com"}]}""")]
    [InlineData("campaigns/triggers/import_and_start", """{"data":"text"}""")]
    [InlineData("file_upload", """{"data":{"a":1}}""")]
    public async Task What_is_called_files_and_is_none_makes_no_body_larger(string method, string body) =>
        (await SendAsync(method, Encoding.UTF8.GetBytes(body + new string(' ', 1 << 20)), "application/json", chunked: false)).ShouldContain("http: request body too large");

    [Theory]
    [InlineData("""{"token":"(token)","trigger_id":96,"data":[{"email":"a@example.com"},{"email":"b@example.com","attach":[{"name":"a.txt","data":"data:text/plain;base64,(file)"}]}]}""", "json")]
    [InlineData("""{"token":"(token)","trigger_id":96,"data":{"email":"b@example.com","attach":{"name":"a.txt","data":"data:text/plain;base64,(file)"} } }""", "json")]
    [InlineData("<xml><token>(token)</token><trigger_id>96</trigger_id><data><email>b@example.com</email><attach><name>a.txt</name><data>data:text/plain;base64,(file)</data></attach></data></xml>", "xml")]
    public async Task An_item_of_many_may_bring_a_file_of_its_own(string body, string format)
    {
        foreach (var email in new[] { "a@example.com", "b@example.com" }) await _app.ImportAsync(email);

        var answer = await SendAsync("campaigns/triggers/start_batch",
            Encoding.UTF8.GetBytes(body.Replace("(token)", CarillonApp.Token, StringComparison.Ordinal).Replace("(file)", Convert.ToBase64String(new byte[100_000]), StringComparison.Ordinal)), $"application/{format}", chunked: false);

        answer.ShouldContain(format == "json" ? "\"error\":0" : "<error>0</error>");
        answer.ShouldNotContain("errors");
        var launch = await _app.GetAsync("/api/v2/launches/" + (string)(await _app.GetAsync("/api/v2/messages?contact=b@example.com"))["messages"]![0]!["launch_id"]!);
        ((int)launch["attachments"]!.AsArray().ShouldHaveSingleItem()!["size"]!).ShouldBe(100_000);
    }

    [Fact]
    public async Task Uploads_that_break_off_leave_no_memory_held()
    {
        for (var i = 0; i < 20; i++)
        {
            using var connection = await RawConnection.OpenAsync(_app);
            await connection.SendAsync($"POST /api/v1.1/campaigns/triggers/start HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {3 << 20}\r\n\r\n" + new string(' ', 1 << 20));
            connection.Reset();
        }
        // Each connection's end is noticed soon after; asked until it is, never longer than the safety net.
        using var safetyNet = new CancellationTokenSource(CarillonApp.SafetyNet);
        while ((await SendAsync("campaigns/triggers/start", Padded(4 << 20, "json", attach: true), "application/json", chunked: false)).Contains("busy", StringComparison.Ordinal))
            safetyNet.Token.ThrowIfCancellationRequested();
    }

    [Fact]
    public async Task What_is_only_announced_takes_no_memory()
    {
        List<RawConnection> idle = [];
        for (var i = 0; i < 10; i++)
        {
            idle.Add(await RawConnection.OpenAsync(_app));
            await idle[^1].SendAsync($"POST /api/v1.1/campaigns/triggers/start HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {4 << 20}\r\n\r\n{{");
        }
        (await SendAsync("campaigns/triggers/start", Padded(4 << 20, "json", attach: true), "application/json", chunked: false)).ShouldContain("404");
        foreach (var connection in idle) connection.Dispose();
    }

    [Fact]
    public async Task Bodies_that_are_held_together_have_a_limit()
    {
        await using var app = await CarillonApp.StartAsync(settings: new Settings { Api = Small with { BodyMemory = 1 << 20 } });
        var answer = await app.SendAsync("campaigns/triggers/start", Padded(2 << 20, "json", attach: true), "application/json");
        (answer.Error, answer.ErrorText).ShouldBe((500, "The server is busy: nothing was stored, try again in a moment"));
        (await app.PostAsync("databases/list", new JsonObject())).Error.ShouldBe(0);
    }

    [Fact]
    public async Task A_stop_waits_for_a_request_that_has_begun()
    {
        var body = $$$"""{"token":"{{{CarillonApp.Token}}}","db_id":1,"data":{"email":"last@example.com"}}""";
        using var connection = await RawConnection.OpenAsync(_app);
        await connection.SendAsync($"POST /api/v1.1/profiles/import HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n");
        // The server reads the body now: the request has begun.
        await connection.ReadAsync(until: "100 Continue");
        var stopped = _app.StopAsync();
        await connection.SendAsync(body);
        (await connection.ReadAsync(until: "profile_id")).ShouldContain("\"error\":0");
        await stopped;
        await _app.ReopenAsync();
        (await _app.ProfileAsync("email", "email", "last@example.com"))["id"].ShouldNotBeNull();
    }

    private static byte[] Padded(int size, string format, bool attach)
    {
        var (start, end) = format == "json"
            ? ($$"""{"token":"{{CarillonApp.Token}}","id":7777,"db_id":7777,"data":{},{{(attach ? "\"attach\":[{\"name\":\"a.txt\"}]," : "")}}"x":"1" """, "}")
            : ($"<xml><token>{CarillonApp.Token}</token><id>7777</id><db_id>7777</db_id><data/>{(attach ? "<attach><name>a.txt</name></attach>" : "")}", "</xml>");
        return Encoding.UTF8.GetBytes(start + new string(' ', size - start.Length - end.Length) + end);
    }

    private async Task<string> SendAsync(string method, byte[] body, string contentType, bool chunked)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1.1/" + method) { Content = new ByteArrayContent(body) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        request.Headers.TransferEncodingChunked = chunked;
        using var response = await _app.Http.SendAsync(request);
        ((int)response.StatusCode).ShouldBe(200);
        return await response.Content.ReadAsStringAsync();
    }
}
