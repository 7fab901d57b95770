using System.Text.Json.Nodes;
using Carillon.Commands;
using Carillon.Queue;
using Carillon.Tests.Harness;
using Carillon.Workflows;
using Microsoft.Extensions.Logging;

namespace Carillon.Tests.Workflows;

/// <summary><c>workflows/import_and_start_batch_task</c>: the call is answered at once, and the items are engaged afterwards.</summary>
public sealed class WorkflowTaskTests : IAsyncLifetime
{
    private const string Nodes = """
        - {id: start, type: start, next: up}
        - {id: up, type: update_profile, set: {custom_field: "{apicontent.word}"}, next: done}
        - {id: done, type: exit}
        """;

    private CarillonApp _app = null!;

    public async Task InitializeAsync() => _app = await CarillonApp.StartAsync(settings: new Settings { Workflows = new WorkflowSettings { AllowPrivateAddresses = true } }, logging: logging => logging.SetMinimumLevel(LogLevel.None));

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task The_items_are_engaged_and_told_by_the_status_of_the_task()
    {
        await _app.WorkflowAsync(Nodes);
        var answer = await TaskAsync(450, """{"content":{"word":"all"}}""", wrong: 333);
        answer.Error.ShouldBe(0, answer.Text);
        var id = (string)answer.Json["data"]!["task_id"]!;

        var done = await _app.TaskAsync(id);

        (done.State, done.Done, done.Failed).ShouldBe((TaskState.Done, 450, 1));
        var result = (await _app.PostAsync("tasks/status", new JsonObject { ["task_id"] = id })).Json["data"]!["result"]!;
        ((string)result["type"]!, (int)result["source_id"]!).ShouldBe(("workflow_import_and_start_batch", 50));
        var error = result["errors"]!.AsArray().ShouldHaveSingleItem()!;
        ((int)error["index"]!, (int)error["error"]!).ShouldBe((333, 400));
        result["items"]!.AsArray().Count.ShouldBe(450);
        var seventh = (string)(await _app.ProfileAsync("email", "email", "p7@example.com"))["id"]!;
        ((string)result["items"]![7]!["profile_id"]!).ShouldBe(seventh);
        (await _app.EndedAsync(seventh)).Path().ShouldBe("start:next up:next done");
        ((string)(await _app.ProfileAsync("email", "email", "p7@example.com"))["custom_field"]!).ShouldBe("all");
        (await _app.CountAsync("runs")).ShouldBe(449);
        (await _app.CountAsync("launches")).ShouldBe(1, "they share the content");
        ((string)(await _app.LaunchAsync(answer))["content"]!["word"]!).ShouldBe("all");
    }

    [Fact]
    public async Task A_repeated_call_gets_the_first_task()
    {
        await _app.WorkflowAsync(Nodes);
        var first = await TaskAsync(3, "{}", requestId: "r1");
        var second = await TaskAsync(3, "{}", requestId: "r1");

        (second.Text, second.Headers["Duplicate-Request"]).ShouldBe((first.Text, "true"));
        await _app.TaskAsync((string)first.Json["data"]!["task_id"]!);
        (await _app.CountAsync("tasks")).ShouldBe(1);
        (await _app.CountAsync("runs")).ShouldBe(3);
    }

    [Fact]
    public async Task What_waits_for_a_workflow_that_was_stopped_meanwhile_is_told_as_refused()
    {
        await _app.WorkflowAsync(Nodes);
        var mend = _app.BreakTasks(WorkflowTask.ImportAndStart);
        var id = (string)(await TaskAsync(1, "{}")).Json["data"]!["task_id"]!;
        await _app.TaskAsync(id, task => task.Faults > 0);

        await _app.PostAsync("workflows/deactivate", new JsonObject { ["id"] = 50 });
        mend();
        _app.Advance(TimeSpan.FromMinutes(1));

        (await _app.TaskAsync(id)).Failed.ShouldBe(1);
        var status = (await _app.PostAsync("tasks/status", new JsonObject { ["task_id"] = id })).Json["data"]!;
        ((string)status["result"]!["errors"]![0]!["error_text"]!).ShouldBe("Workflow is not active");
        (await _app.CountAsync("runs")).ShouldBe(0);
        (await _app.CountAsync("profiles")).ShouldBe(0, "an item is imported and engaged, or neither");
    }

    [Fact]
    public async Task In_XML_the_task_is_accepted_alike()
    {
        await _app.WorkflowAsync(Nodes);
        var answer = await _app.PostXmlAsync("workflows/import_and_start_batch_task", $"""
            <xml><token>{CarillonApp.Token}</token><workflow_id>50</workflow_id><data><email>a@example.com</email></data></xml>
            """);

        answer.Text.ShouldMatch("^<xml><data><task_id>[0-9a-f]{24}</task_id></data><error>0</error><error_text>Successful operation</error_text></xml>$");
        await _app.TaskAsync(System.Xml.Linq.XElement.Parse(answer.Text).Descendants("task_id").Single().Value);
        await _app.EndedAsync((string)(await _app.ProfileAsync("email", "email", "a@example.com"))["id"]!);
    }

    [Theory]
    [InlineData("""{"id":50,"data":[{"email":"a@example.com"}]}""", 400, "this method names the workflow by 'workflow_id'")]
    [InlineData("""{"workflow_id":99,"data":[{"email":"a@example.com"}]}""", 404, "There is no workflow 99")]
    [InlineData("""{"workflow_id":50,"db_id":2,"data":[{"email":"a@example.com"}]}""", 400, "workflow 50 works on database 1")]
    [InlineData("""{"workflow_id":50,"data":[]}""", 400, "'data' is required")]
    public async Task A_call_that_cannot_be_carried_out_makes_no_task(string body, int error, string text)
    {
        await _app.WorkflowAsync(Nodes);

        var answer = await _app.PostAsync("workflows/import_and_start_batch_task", Requests.Json(body));

        (answer.Error, answer.ErrorText.Contains(text, StringComparison.Ordinal)).ShouldBe((error, true), answer.Text);
        (await _app.CountAsync("tasks")).ShouldBe(0);
    }

    [Fact]
    public async Task The_files_of_the_call_go_with_every_mail_also_after_an_answer_was_added_to_the_content()
    {
        await using var server = new HttpStub(_ => (200, "{}"));
        await _app.WorkflowAsync($$"""
            - {id: start, type: start, next: ask}
            - {id: ask, type: http_request, url: "{{server.Url}}", save_as: offer, next: hello}
            - {id: hello, type: send, channel: email, resource: 21, template: 5, next: done}
            - {id: done, type: exit}
            """);

        await TaskAsync(4, """{"attach":[{"name":"a.txt","data":"data:text/plain;base64,aGk="}]}""");

        await _app.VerdictsAsync(4);
        _app.Sink.Mails.Select(mail => mail.To).ShouldBe(Enumerable.Range(0, 4).Select(number => $"p{number}@example.com"), ignoreOrder: true);
        _app.Sink.Mails.ShouldAllBe(mail => System.Text.Encoding.UTF8.GetString(mail.Content).Contains("a.txt", StringComparison.Ordinal));
    }

    private async Task<Answer> TaskAsync(int count, string more, int wrong = -1, string? requestId = null)
    {
        var body = Requests.Json(more);
        body["workflow_id"] = 50;
        body["data"] = new JsonArray([.. Enumerable.Range(0, count).Select(number => (JsonNode)new JsonObject
        {
            ["data"] = new JsonObject { ["email"] = number == wrong ? "wrong" : $"p{number}@example.com", ["subscriptions"] = new JsonArray(Requests.EmailSubscription($"p{number}@example.com")) },
        })]);
        return await _app.PostAsync("workflows/import_and_start_batch_task", body, requestId is null ? [] : [("Request-ID", requestId)]);
    }
}
