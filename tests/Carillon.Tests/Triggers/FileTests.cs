using System.Text.Json.Nodes;
using Carillon.Commands;
using Carillon.Tests.Harness;
using Carillon.Triggers;
using Microsoft.Extensions.DependencyInjection;

namespace Carillon.Tests.Triggers;

/// <summary>Files that are uploaded once and attached by their key.</summary>
public sealed class FileTests : IAsyncLifetime
{
    private const string Hello = """{"header":"US.txt","data":"data:text/csv;base64,SEVMTE8K"}""";

    private CarillonApp _app = null!;

    public async Task InitializeAsync() => _app = await CarillonApp.StartAsync(settings: new Settings { Files = new FileSettings { MaxSize = 1000 } });

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    [InlineData("""{"file_key":"KEY"}""", "US.txt", "text/csv")]
    [InlineData("""{"flie_key":"KEY","name":"report.txt","mimetype":"text/plain"}""", "report.txt", "text/plain")]
    public async Task An_uploaded_file_goes_with_the_message_also_when_it_has_expired_meanwhile(string attach, string name, string type)
    {
        var key = await UploadAsync();
        key.ShouldMatch("^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$");

        var answer = await LaunchAsync(attach.Replace("KEY", key, StringComparison.Ordinal), """{"timeout":{"minutes":5}}""");

        answer.Error.ShouldBe(0, answer.Text);
        await _app.Database.WriteAsync(session => session.ExecuteAsync("DELETE FROM files", CancellationToken.None), CancellationToken.None);
        _app.Advance(TimeSpan.FromMinutes(5));
        await _app.Sink.WaitForAsync(1);
        var mail = System.Text.Encoding.UTF8.GetString(_app.Sink.Mails.ShouldHaveSingleItem().Content);
        mail.ShouldContain(name);
        mail.ShouldContain(type);
        mail.ShouldContain("SEVMTE8K");
    }

    [Fact]
    public async Task A_file_can_be_attached_to_a_known_profile_and_beside_a_file_of_the_call()
    {
        await _app.ImportAsync("a@example.com");
        var answer = await _app.LaunchByEmailAsync(96, "a@example.com", $$$"""{"attach":[{"file_key":"{{{await UploadAsync()}}}"},{"name":"B.txt","data":"data:;base64,QkJCCg=="}]}""");

        ((JsonArray)(await _app.LaunchAsync(answer))["attachments"]!).Select(file => (string)file!["name"]!).ShouldBe(["US.txt", "B.txt"]);
    }

    [Theory]
    [InlineData("start_batch")]
    [InlineData("start_batch_task")]
    public async Task The_items_of_a_call_attach_uploaded_files_of_their_own_or_those_of_the_call(string method)
    {
        await _app.ImportAsync("a@example.com");
        await _app.ImportAsync("b@example.com");
        var (ofCall, own) = (await UploadAsync(), (string)(await _app.PostAsync("file_upload", Requests.Json(Hello.Replace("US", "OWN", StringComparison.Ordinal)))).Json["data"]!["file"]!);

        var answer = await _app.PostAsync("campaigns/triggers/" + method, Requests.Json($$"""
            {"{{(method == "start_batch" ? "trigger_id" : "id")}}":96,"attach":[{"file_key":"{{ofCall}}"}],"data":[
                {"email":"a@example.com"},{"email":"b@example.com","attach":[{"file_key":"{{own}}"}]},{"email":"b@example.com","attach":[{"file_key":"nothing"}]}]}
            """));

        answer.Error.ShouldBe(0, answer.Text);
        if (answer.Json["data"]?["task_id"] is { } task) (await _app.TaskAsync((string)task!)).Failed.ShouldBe(1);
        else ((string)answer.Json["errors"]!.AsArray().ShouldHaveSingleItem()!["error_text"]!).ShouldBe("Parameter 'attach': there is no file 'nothing', or it has expired");
        await _app.Sink.WaitForAsync(2);
        foreach (var (to, name) in new[] { ("a@example.com", "US.txt"), ("b@example.com", "OWN.txt") })
            System.Text.Encoding.UTF8.GetString(_app.Sink.Mails.Single(mail => mail.To == to).Content).ShouldContain(name);
    }

    [Fact]
    public async Task A_call_whose_own_file_is_not_there_launches_nothing()
    {
        await _app.ImportAsync("a@example.com");
        var answer = await _app.PostAsync("campaigns/triggers/start_batch", Requests.Json("""{"trigger_id":96,"attach":[{"file_key":"nothing"}],"data":[{"email":"a@example.com"}]}"""));
        (answer.Error, answer.ErrorText).ShouldBe((400, "Parameter 'attach': there is no file 'nothing', or it has expired"));
        (await _app.CountAsync("launches")).ShouldBe(0);
    }

    [Fact]
    public async Task A_file_is_kept_for_its_time_and_no_longer()
    {
        var key = await UploadAsync();
        _app.Clock.Advance(TimeSpan.FromDays(30) - TimeSpan.FromSeconds(1));
        (await LaunchAsync($$"""{"file_key":"{{key}}"}""")).Error.ShouldBe(0);
        _app.Clock.Advance(TimeSpan.FromSeconds(1));

        var answer = await LaunchAsync($$"""{"file_key":"{{key}}"}""");

        (answer.Error, answer.ErrorText).ShouldBe((400, $"Parameter 'attach': there is no file '{key}', or it has expired"));
        (await _app.CountAsync("launches")).ShouldBe(1);
        (await _app.CountAsync("files")).ShouldBe(1);
        await _app.Services.GetRequiredService<Carillon.Retention.Cleaner>().CleanAsync(CancellationToken.None);
        (await _app.CountAsync("files")).ShouldBe(0);
    }

    [Theory]
    [InlineData("""{"data":"data:text/csv;base64,SEVMTE8K"}""", "Parameter 'header' is required")]
    [InlineData("""{"header":"a/b.txt","data":"data:text/csv;base64,SEVMTE8K"}""", "Parameter 'header': the name must be a file name, without folders and control characters")]
    [InlineData("""{"header":"a.txt"}""", "Parameter 'data' is required")]
    [InlineData("""{"header":"a.txt","data":"SEVMTE8K"}""", "Parameter 'data': the data must be a data URL like data:text/csv;base64,SEVMTE8K")]
    [InlineData("""{"header":"a.txt","data":"data:text/csv;base64,SEV*"}""", "Parameter 'data': the data is not valid base64")]
    public async Task What_is_no_file_is_refused(string body, string text)
    {
        var answer = await _app.PostAsync("file_upload", Requests.Json(body));

        (answer.Error, answer.ErrorText).ShouldBe((400, text));
        (await _app.CountAsync("files")).ShouldBe(0);
    }

    [Fact]
    public async Task A_file_over_the_limit_is_refused()
    {
        var answer = await _app.PostAsync("file_upload", new JsonObject { ["header"] = "a.bin", ["data"] = "data:;base64," + Convert.ToBase64String(new byte[1001]) });
        answer.ErrorText.ShouldBe("Parameter 'data': the file is larger than 1000 bytes");
    }

    [Theory]
    [InlineData("""{"file_key":"12345678-1234-4123-8123-123456789012"}""", "Parameter 'attach': there is no file '12345678-1234-4123-8123-123456789012', or it has expired")]
    [InlineData("""{"file_key":"x","name":"../etc/passwd"}""", "Parameter 'attach[0]': the name must be a file name, without folders and control characters")]
    public async Task What_cannot_be_attached_is_refused_and_nothing_launched(string attach, string text)
    {
        var answer = await LaunchAsync(attach);

        (answer.Error, answer.ErrorText).ShouldBe((400, text));
        (await _app.CountAsync("profiles")).ShouldBe(0);
    }

    [Fact]
    public async Task A_repeated_upload_keeps_one_file()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => _app.PostAsync("file_upload", Requests.Json(Hello), ("Request-ID", "one"))));
        answers.Select(answer => answer.Text).Distinct().ShouldHaveSingleItem();
        (await _app.CountAsync("files")).ShouldBe(1);
    }

    [Fact]
    public async Task A_name_that_no_mail_can_carry_is_refused_at_the_call_and_the_longest_one_is_sent()
    {
        // Two bytes each: what a mail counts.
        var (longest, longer) = (new string('é', 118) + ".txt", new string('é', 119) + ".txt");
        const string text = "the name must have 1 to 240 bytes in UTF-8";
        string Attach(string name) => new JsonObject { ["name"] = name, ["data"] = "data:text/plain;base64,aGk=" }.ToJsonString();
        (await LaunchAsync(Attach(longer))).ErrorText.ShouldBe($"Parameter 'attach[0]': {text}");
        (await _app.PostAsync("file_upload", new JsonObject { ["header"] = longer, ["data"] = "data:text/csv;base64,SEVMTE8K" })).ErrorText.ShouldBe($"Parameter 'header': {text}");
        var now = _app.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        // As one that was uploaded before names were looked at.
        await _app.Database.WriteAsync(session => Carillon.Queue.FileStore.InsertAsync(session, _app.Database,
            new Carillon.Queue.UploadedFile("old", longer, "text/plain", "examples", now, now + 1000, [1]), CancellationToken.None), CancellationToken.None);
        (await LaunchAsync("""{"file_key":"old"}""")).ErrorText.ShouldBe($"Parameter 'attach': {text}");
        (await _app.CountAsync("launches")).ShouldBe(0);

        var answer = await LaunchAsync(Attach(longest));

        answer.Error.ShouldBe(0, answer.Text);
        await _app.VerdictsAsync(1);
        ((string)(await _app.MessageAsync(answer))["state"]!).ShouldBe("sent");
    }

    private async Task<string> UploadAsync()
    {
        var answer = await _app.PostAsync("file_upload", Requests.Json(Hello));
        answer.Error.ShouldBe(0, answer.Text);
        return (string)answer.Json["data"]!["file"]!;
    }

    private Task<Answer> LaunchAsync(string attach, string more = "{}")
    {
        var body = Requests.Json(more);
        body["attach"] = new JsonArray(JsonNode.Parse(attach));
        return _app.ImportAndStartAsync(96, "a@example.com", body.ToJsonString());
    }
}
