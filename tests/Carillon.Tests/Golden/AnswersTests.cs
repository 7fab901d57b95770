using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Carillon.Tests.Harness;

namespace Carillon.Tests.Golden;

/// <summary>
/// The whole answers of the methods that manage triggers, templates and files, and of those that start triggers for many, in JSON and XML, to the requests that
/// <c>/docs</c> shows; and that the members which the original documents are among them. Ids and keys that are made anew each time stand as words.
/// </summary>
public sealed partial class AnswersTests
{
    private const string Saved = "data.saved_id", Void = "data", TaskId = "data.task_id", Results = "result.profile_id";
    private const string Page = "total_count next_from_id ";
    private const string Mailing = "data.name data.is_active data.for_confirm data.ui_tags data.groups data.id data.type ";
    private const string Trigger = """
        data.id data.name data.is_active data.list_id data.resource_id data.trigger_type data.send_channel data.content data.skip_minutes data.subid data.call_url data.policy_id data.descr data.for_confirm
        data.push_sending_mode data.virtual_sender_id data.is_random_tracking_prefix data.custom_tracking_domains data.blind_carbon_copy data.unconditional_sending
        """;
    private const string Campaign = """
        data.id data.name data.type data.status data.is_active data.is_completed data.content data.data_type data.data_id data.resource_id data.send_email_content data.send_sms_content data.send_push_content
        data.push_sending_mode data.for_confirm data.subid data.update_time data.updated_user data.virtual_sender_id data.descr
        """;
    private const string Template = """
        data.id data.updated_user data.update_time data.name data.description data.channels.id data.channels.sid data.channels.fields data.channels.presets data.json_url data.is_draft data.is_confirm data.ui_tags
        data.groups data.suppress_id data.channels.fields.text data.channels.fields.html data.channels.fields.is_amp data.channels.fields.amp data.channels.fields.subject data.channels.fields.from_email
        data.channels.fields.from_name data.channels.fields.replyto_email data.channels.fields.replyto_name data.channels.fields.is_not_inline data.channels.fields.attach
        """;

    public static TheoryData<string, string, string> Methods() => new()
    {
        { "campaigns/triggers/list/", "triggers_list", Mailing + "total_count" },
        { "campaigns/triggers/get", "campaigns_get", Trigger },
        { "campaigns/triggers/add/", "triggers_add", Saved },
        { "campaigns/triggers/update/", "triggers_update", Saved },
        { "campaigns/triggers/clone", "campaigns_clone", Saved },
        { "campaigns/list", "campaigns_list", Mailing + "data.subid " + Page },
        { "campaigns/get", "campaigns_get", Campaign },
        { "campaigns/activate/", "campaigns_activate", Void },
        { "campaigns/deactivate", "campaigns_deactivate", Void },
        { "campaigns/get_status", "campaigns_get_status", "data.is_active data.is_completed data.status" },
        { "campaigns/clone", "campaigns_clone", Saved },
        { "campaigns/delete", "campaigns_delete", Void },
        { "templates/list", "list", "data.id data.name data.channels data.is_draft data.is_confirm data.ui_tags data.groups total_count" },
        { "templates/get", "templates_get", Template },
        { "templates/add", "templates_add", Saved },
        { "templates/update", "templates_update", Saved },
        { "templates/delete", "templates_delete", Void },
        { "file_upload", "file_upload", "data.file" },
        { "senders/list", "list", "data.id data.name data.type data.channel " + Page },
        { "campaigns/triggers/start_batch", "bulk_start", Results },
        { "campaigns/triggers/start_batch", "bulk_start_custom_request", Results },
        { "campaigns/triggers/start_batch_task", "bulk_start_task", TaskId },
        { "campaigns/triggers/start_batch_task", "bulk_start_task_custom_request", TaskId },
        { "campaigns/triggers/import_and_start_batch_task", "bulk_import_and_start", TaskId },
        { "workflows/import_and_start_batch", "bulk_workflow", Results },
        { "workflows/import_and_start_batch_task", "bulk_workflow_task", TaskId },
    };

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task The_answer_is_the_golden_one_and_has_what_is_documented(string method, string request, string documented)
    {
        await using var app = await CarillonApp.StartAsync();
        await GivenAsync(app, method);
        var file = $"{method.Trim('/').Replace('/', '_')}.{request}.answer";

        // A method that changes something does so once, and both forms should find the same.
        var json = await SendAsync(app, method, request, "json");
        await using var other = await CarillonApp.StartAsync();
        await GivenAsync(other, method);
        var xml = await SendAsync(other, method, request, "xml");

        JsonNode.DeepEquals(JsonNode.Parse(Plain(json.Text)), JsonNode.Parse(Read(file + ".json"))).ShouldBeTrue(json.Text);
        Plain(xml.Text).ShouldBe(XElement.Parse(Read(file + ".xml")).ToString(SaveOptions.DisableFormatting).Replace(" />", "/>", StringComparison.Ordinal));
        foreach (var path in documented.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries)) Has(json.Json, path.Split('.')).ShouldBeTrue($"{method} should answer {path}:\n{json.Text}");
    }

    private static async Task GivenAsync(CarillonApp app, string method)
    {
        await app.ImportAsync("zaycev@example.com");
        if (method == "templates/delete") await SendAsync(app, "templates/add", "templates_add", "json");
        if (method.StartsWith("workflows/", StringComparison.Ordinal)) await app.ApplyAsync(Repository.Read("tests/Carillon.Tests/Workflows/series.yaml"));
    }

    private static bool Has(JsonNode? node, ReadOnlySpan<string> path)
    {
        if (path.Length == 0) return true;
        if (node is JsonArray items) return items.Count > 0 && Has(items[0], path);
        return node is JsonObject members && members.TryGetPropertyValue(path[0], out var inner) && Has(inner, path[1..]);
    }

    private static Task<Answer> SendAsync(CarillonApp app, string method, string request, string format) =>
        app.SendAsync(method, Read($"{request}.request.{format}"), $"application/{format}");

    private static string Read(string file) => Repository.Read("tests/Carillon.Tests/Golden/pairs/" + file);

    private static string Plain(string answer) => AnyId().Replace(AnyKey().Replace(AnyLink().Replace(answer, "http://trk.example.org/trg/(link)"), "(key)"), "(id)");

    [GeneratedRegex("[0-9a-f]{24}", RegexOptions.NonBacktracking)]
    private static partial Regex AnyId();

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", RegexOptions.NonBacktracking)]
    private static partial Regex AnyKey();

    [GeneratedRegex("http://127.0.0.1:[0-9]+/trg/[0-9a-f]{48}", RegexOptions.NonBacktracking)]
    private static partial Regex AnyLink();
}
