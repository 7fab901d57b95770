using System.Text;
using System.Text.Json.Nodes;
using Carillon.Api;
using Carillon.Commands;
using Carillon.Tests.Harness;
using Microsoft.AspNetCore.Http;

namespace Carillon.Tests.Api;

/// <summary>What every call goes through: token, content type, format, ids, statuses.</summary>
public sealed class CallTests : IAsyncLifetime
{
    private const string Right = CarillonApp.Token;
    private const string Wrong = "00000000000000000000000000000000";

    private CarillonApp _app = null!;

    public async Task InitializeAsync() => _app = await CarillonApp.StartAsync();

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    [InlineData(null, Right, null, 0)]
    [InlineData(Right, null, null, 0)]
    [InlineData(null, null, Right, 0)]
    [InlineData(Right, Wrong, Wrong, 0)]
    [InlineData(Wrong, Right, Right, 401)]
    [InlineData(null, Right, Wrong, 0)]
    [InlineData(null, Wrong, Right, 401)]
    [InlineData(null, "", Right, 0)]
    [InlineData("", Right, Wrong, 0)]
    [InlineData("", null, Right, 0)]
    [InlineData(null, null, null, 401)]
    [InlineData(null, "", null, 401)]
    [InlineData(null, Wrong, null, 401)]
    public async Task The_header_wins_over_the_body_and_the_body_over_the_url(string? header, string? body, string? url, int error)
    {
        var answer = await _app.SendAsync("databases/list" + (url is null ? "" : "?token=" + url), new JsonObject { ["token"] = body }.ToJsonString(), "application/json",
            header is null ? [] : [("Authorization", "bearer " + header)]);

        answer.Status.ShouldBe(200);
        answer.Error.ShouldBe(error, answer.Text);
        if (error == 401) answer.ErrorText.ShouldBe(header is null && string.IsNullOrEmpty(body)
            ? "API token is missing: send it as the header 'Authorization: Bearer <token>' or as 'token' in the body" : "API token is not known");
    }

    [Theory]
    [InlineData("Bearer ")]
    [InlineData("Bearer")]
    [InlineData("bearer   ")]
    [InlineData("")]
    public void A_header_without_a_token_hides_none_that_stands_elsewhere(string header) =>
        TokenHeader.Read(new DefaultHttpContext { Request = { Headers = { Authorization = header } } }.Request).ShouldBeNull();

    [Fact]
    public async Task Another_scheme_of_the_header_is_not_a_token() =>
        (await _app.SendAsync("databases/list", $$"""{"token":"{{Right}}"}""", "application/json", ("Authorization", "Basic dXNlcjpwYXNz"))).Error.ShouldBe(0);

    [Theory]
    [InlineData("{\"token\": 12345678901234567890}")]
    [InlineData("{\"token\": [\"abcdefghijklmnqrstuvwxyz\"]}")]
    [InlineData("{\"token\": null}")]
    public async Task A_token_is_a_text(string body) => (await _app.PostAsync("databases/list", body)).Error.ShouldBe(401);

    [Fact]
    public async Task A_hostile_long_token_is_just_wrong()
    {
        (await _app.PostAsync("databases/list", new JsonObject { ["token"] = new string('a', 1_000_000) })).ErrorText.ShouldBe("API token is not known");
        (await _app.PostAsync("databases/list", "{}", ("Authorization", "Bearer " + new string('\'', 8000)))).Error.ShouldBe(401);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("Application/JSON")]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("application/json;charset=UTF-8")]
    [InlineData("application/json; charset=\"utf8\"")]
    [InlineData("application/json;")]
    [InlineData("application/xml")]
    [InlineData("TEXT/XML; Charset=UTF-8")]
    public async Task Both_formats_are_taken_however_they_are_written(string contentType)
    {
        var xml = contentType.Contains("xml", StringComparison.OrdinalIgnoreCase);
        var answer = await _app.SendAsync("databases/get", xml ? $"<xml><token>{Right}</token><id>1</id></xml>" : $$"""{"token":"{{Right}}","id":1}""", contentType);
        answer.Text.ShouldContain("Customers");
        answer.MediaType.ShouldBe(xml ? "application/xml" : "application/json");
    }

    [Theory]
    [InlineData("text/plain", null, "application/json", "Content-Type 'text/plain' is not supported: send application/json or application/xml in UTF-8")]
    [InlineData("application/json; charset=windows-1251", null, "application/json", "Content-Type 'application/json; charset=windows-1251' is not supported: send application/json or application/xml in UTF-8")]
    [InlineData("multipart/form-data; boundary=x", "application/xml", "application/xml", "Content-Type 'multipart/form-data; boundary=x' is not supported: send application/json or application/xml in UTF-8")]
    [InlineData(null, null, "application/json", "The header Content-Type is missing: send application/json or application/xml")]
    [InlineData("nonsense", "text/xml", "application/xml", "Content-Type 'nonsense' is not supported: send application/json or application/xml in UTF-8")]
    public async Task Another_content_type_is_refused(string? contentType, string? accept, string mediaType, string text)
    {
        var answer = await _app.SendAsync("databases/list", $$"""{"token":"{{Right}}"}""", contentType, accept is null ? [] : [("Accept", accept)]);
        answer.MediaType.ShouldBe(mediaType);
        answer.Text.ShouldContain("415");
        (mediaType == "application/json" ? answer.ErrorText : System.Net.WebUtility.HtmlDecode(answer.Text)).ShouldContain(text);
    }

    [Theory]
    [InlineData("", "", null, "application/json", "application/json")]
    [InlineData("", "", null, "application/xml", "application/xml")]
    [InlineData("", "", "application/xml", "application/json", "application/xml")]
    [InlineData("", "", "text/html, application/xml;q=0.9, */*;q=0.8", "application/json", "application/xml")]
    [InlineData("", "", "*/*", "application/xml", "application/xml")]
    [InlineData("", "json", "application/xml", "application/xml", "application/json")]
    [InlineData("", "XML", "application/json", "application/json", "application/xml")]
    [InlineData("xml", "json", "application/json", "application/json", "application/xml")]
    [InlineData("json", "xml", "application/xml", "application/xml", "application/json")]
    [InlineData("csv", "", null, "application/json", "application/json")]
    public async Task The_format_is_chosen_by_the_body_then_the_url_then_accept_then_the_request(string inBody, string inUrl, string? accept, string request, string expected)
    {
        var body = request.EndsWith("json", StringComparison.Ordinal)
            ? new JsonObject { ["token"] = Right, ["format"] = inBody.Length == 0 ? null : inBody }.ToJsonString()
            : $"<xml><token>{Right}</token><format>{inBody}</format></xml>";
        var answer = await _app.SendAsync("databases/list" + (inUrl.Length == 0 ? "" : "?format=" + inUrl), body, request, accept is null ? [] : [("Accept", accept)]);
        answer.MediaType.ShouldBe(expected);
        answer.Text.ShouldContain("Customers");
    }

    [Theory]
    [InlineData("/api/v1.1/databases/list")]
    [InlineData("/api/v1.1/databases/list/")]
    [InlineData("/api/v1.1//databases/list")]
    [InlineData("//api///v1.1//databases//list//")]
    [InlineData("/API/v1.1/Databases/List")]
    public async Task Slashes_do_not_matter_and_nothing_is_redirected(string path)
    {
        using var connection = await RawConnection.OpenAsync(_app);
        var body = $$"""{"token":"{{Right}}"}""";
        await connection.SendAsync($"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}");
        var answer = await connection.ReadAsync();
        answer.ShouldStartWith("HTTP/1.1 200");
        answer.ShouldContain("Customers");
    }

    [Theory]
    [InlineData("POST", "/api/v1.1/profiles/dance", "Method does not exist: POST /api/v1.1/profiles/dance")]
    [InlineData("GET", "/api/v1.1/profiles/get", "Method does not exist: GET /api/v1.1/profiles/get")]
    [InlineData("PUT", "/api/v1.1/profiles/import/", "Method does not exist: PUT /api/v1.1/profiles/import/")]
    [InlineData("GET", "/api/", "Method does not exist: GET /api/")]
    [InlineData("DELETE", "/api/v3/x", "Method does not exist: DELETE /api/v3/x")]
    public async Task A_method_that_does_not_exist_is_told_without_a_token(string verb, string path, string text)
    {
        using var request = new HttpRequestMessage(new HttpMethod(verb), path);
        using var response = await _app.Http.SendAsync(request);
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        ((int)response.StatusCode).ShouldBe(200);
        ((int)answer["error"]!).ShouldBe(501);
        ((string)answer["error_text"]!).ShouldBe(text);
        response.Headers.Contains("Request-ID").ShouldBeTrue();
    }

    [Fact]
    public async Task A_method_that_does_not_exist_is_told_in_the_callers_format()
    {
        (await _app.SendAsync("no/such", "<xml/>", "text/xml")).Text.ShouldStartWith("<xml><error>501</error>");
        (await _app.SendAsync("no/such?format=xml", "{}", "application/json")).Text.ShouldStartWith("<xml><error>501</error>");
    }

    [Fact]
    public async Task A_request_id_is_given_back_or_made()
    {
        (await ListAsync(("Request-ID", "order 17/ä".Replace("ä", "a", StringComparison.Ordinal)))).Headers["Request-ID"].ShouldBe("order 17/a");
        (await ListAsync(("X-Request-ID", "old"))).Headers["Request-ID"].ShouldBe("old");
        (await ListAsync(("X-Request-ID", "old"), ("Request-ID", "new"))).Headers["Request-ID"].ShouldBe("new");
        (await ListAsync(("Request-ID", new string('r', 255)))).Error.ShouldBe(0);
        var (first, second) = (await ListAsync(), await ListAsync());
        first.Headers["Request-ID"].ShouldMatch("^[0-9a-f]{24}$");
        second.Headers["Request-ID"].ShouldNotBe(first.Headers["Request-ID"]);
    }

    [Fact]
    public async Task A_request_id_that_is_too_long_is_refused_in_the_callers_format()
    {
        var answer = await _app.PostXmlAsync("databases/list", $"<xml><token>{Right}</token></xml>", ("Request-ID", new string('r', 256)));
        answer.Text.ShouldContain("<error>400</error>");
        answer.Text.ShouldContain("Request-ID must have at most 255 printable ASCII characters");
        answer.Headers["Request-ID"].ShouldMatch("^[0-9a-f]{24}$");
    }

    [Fact]
    public async Task Only_a_launch_is_named_by_a_launch_id()
    {
        var import = await _app.PostAsync("profiles/import", JsonNode.Parse("""{"db_id":1,"data":{"email":"a@example.com","subscriptions":[{"email":"a@example.com","resource_id":21}]}}""")!.AsObject());
        import.Headers.Keys.ShouldNotContain("Launch-ID");
        var start = await _app.PostAsync("campaigns/triggers/start", JsonNode.Parse("""{"id":96,"email":"a@example.com"}""")!.AsObject());
        start.Headers["Launch-ID"].ShouldMatch("^[0-9a-f]{24}$");
        var refused = await _app.PostAsync("campaigns/triggers/start", JsonNode.Parse("""{"id":96,"email":"b@example.com"}""")!.AsObject());
        refused.Error.ShouldBe(404);
        refused.Headers.Keys.ShouldNotContain("Launch-ID");
    }

    [Fact]
    public async Task The_status_may_mirror_the_error()
    {
        await using var app = await CarillonApp.StartAsync(settings: new Settings { Api = new ApiSettings { HttpStatus = "mirror" } });
        (await app.PostAsync("databases/list", new JsonObject())).Status.ShouldBe(200);
        (await app.PostAsync("databases/list", "{}")).Status.ShouldBe(401);
        (await app.PostAsync("databases/list", "{")).Status.ShouldBe(400);
        (await app.PostAsync("databases/get", new JsonObject { ["id"] = 77 })).Status.ShouldBe(404);
        (await app.SendAsync("databases/list", "x", "text/plain")).Status.ShouldBe(415);
        (await app.PostAsync("no/such", "{}")).Status.ShouldBe(501);
        // 435 is the original's own number.
        foreach (var email in new[] { "a", "b" })
            (await app.PostAsync("profiles/import", new JsonObject { ["db_id"] = 1, ["data"] = new JsonObject { ["email"] = email + "@example.com", ["phones"] = "+79001112233" } })).Status.ShouldBe(200);
        var several = await app.PostAsync("profiles/get", new JsonObject { ["db_id"] = 1, ["matching"] = "phone", ["phone"] = "+79001112233" });
        (several.Status, several.Error).ShouldBe((400, 435));
    }

    private Task<Answer> ListAsync(params (string, string)[] headers) => _app.PostAsync("databases/list", new JsonObject(), headers);
}
