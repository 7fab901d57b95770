using System.Text.Json.Nodes;
using Carillon.Storage;
using Carillon.Templates;
using Carillon.Wire;
using Carillon.Workspace;

namespace Carillon.Triggers;

/// <summary><c>campaigns/triggers/list</c>, <c>get</c>, <c>add</c>, <c>update</c>, <c>clone</c>.</summary>
public sealed class ManagingEndpoints(WorkspaceSource workspace, ChangeWorkspace changes, TriggerLinks links)
{
    /// <summary>They forced a trigger to e-mail before <c>send_channel</c> was there.</summary>
    private static readonly string[] OldChannelKeys = ["content_type", "send_email_content", "send_sms_content", "send_push_content"];

    public Task<ApiAnswer> List(ApiCall call)
    {
        var fields = new Fields(call.Body);
        return Task.FromResult(ListAnswer.Of(fields, Filtered(fields, workspace.Current), trigger => new JsonObject
        {
            ["for_confirm"] = false, ["groups"] = new JsonArray(), ["id"] = trigger.Id, ["is_active"] = trigger.Active, ["name"] = trigger.Name,
            ["type"] = trigger.Type, ["ui_tags"] = Texts(trigger.Labels),
        }));
    }

    public Task<ApiAnswer> Get(ApiCall call)
    {
        var fields = new Fields(call.Body);
        var id = fields.RequiredInt("id");
        if (fields.Error is not null) return Task.FromResult<ApiAnswer>(fields.Error);
        return Task.FromResult(workspace.Current.Triggers.TryGetValue(id, out var trigger) ? ApiAnswer.Ok(("data", Show(trigger))) : ApiError.NotFound($"There is no trigger {id}"));
    }

    public async Task<ApiAnswer> Add(ApiCall call)
    {
        var fields = new Fields(call.Body);
        var given = Read(fields);
        if (!fields.Has("trigger_type")) fields.Refuse("Parameter 'trigger_type' is required");
        if (fields.Error is not null) return fields.Error;
        if (given.Channel is null && OldChannelKeys.Any(fields.Has)) given = given with { Channel = Channels.Email };
        return Saved(await changes.RunAsync(call.TokenName, (before, id) => WriteTrigger.Run(given, before, null, id), call.Once));
    }

    public async Task<ApiAnswer> Update(ApiCall call)
    {
        var fields = new Fields(call.Body);
        var id = fields.RequiredInt("id");
        var given = Read(fields);
        if (fields.Error is not null) return fields.Error;
        return Saved(await changes.RunAsync(call.TokenName, (before, _) => before.Triggers.TryGetValue(id, out var old)
            ? WriteTrigger.Run(given, before, old, id) : WriteTrigger.NotThere(id)));
    }

    public async Task<ApiAnswer> Clone(ApiCall call)
    {
        var fields = new Fields(call.Body);
        var (id, name) = (fields.RequiredInt("id"), fields.Text("name") is { Length: > 0 } given ? given : null);
        if (fields.Error is not null) return fields.Error;
        return Saved(await changes.RunAsync(call.TokenName, (before, newId) => WriteTrigger.Clone(before, id, name, newId), call.Once));
    }

    /// <summary>The triggers that the filters of a list let through.</summary>
    public static IEnumerable<KeyValuePair<int, Trigger>> Filtered(Fields fields, WorkspaceModel model)
    {
        bool? active = fields.Has("is_active") ? fields.Bool("is_active") : null;
        var labels = fields.Texts("ui_tags");
        TemplateEndpoints.RefuseGroups(fields);
        return model.Triggers.Where(pair => (active is null || pair.Value.Active == active) && labels.All(pair.Value.Labels.Contains));
    }

    public static JsonArray Texts(IReadOnlyList<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);

    public static JsonArray Content(Trigger trigger) =>
    [
        new JsonObject
        {
            ["from_email"] = trigger.Mail?.FromEmail ?? "", ["from_name"] = trigger.Mail?.FromName ?? "", ["message_id"] = trigger.Template,
            ["replyto_email"] = trigger.Mail?.ReplyToEmail ?? "", ["replyto_name"] = trigger.Mail?.ReplyToName ?? "", ["subject"] = trigger.Mail?.Subject ?? "",
        },
    ];

    private static ApiAnswer Saved(ChangeOutcome outcome) =>
        outcome.Refusal is { } refusal ? TemplateEndpoints.ToError(refusal) : ApiAnswer.Ok(("data", ChangeWorkspace.SavedId(outcome.Id)));

    private JsonObject Show(Trigger trigger) => new()
    {
        ["blind_carbon_copy"] = new JsonArray(), ["call_url"] = links.CallUrl(trigger), ["content"] = Content(trigger), ["custom_tracking_domains"] = new JsonArray(),
        ["descr"] = trigger.Description, ["for_confirm"] = false, ["id"] = trigger.Id, ["is_active"] = trigger.Active, ["is_random_tracking_prefix"] = false,
        ["list_id"] = trigger.Database, ["name"] = trigger.Name, ["policy_id"] = 0, ["push_sending_mode"] = "fanout", ["resource_id"] = trigger.Resource,
        ["send_channel"] = trigger.Channel, ["skip_minutes"] = trigger.Wait, ["subid"] = "", ["trigger_type"] = trigger.Type, ["ui_tags"] = Texts(trigger.Labels),
        ["unconditional_sending"] = trigger.Unconditional, ["virtual_sender_id"] = 0,
    };

    /// <summary>
    /// What asks for more than the server does is refused; what changes nothing about a message (subid, attributes, groups, the
    /// ways of push, the names of tracking domains) is read by nobody.
    /// </summary>
    private static TriggerParameters Read(Fields fields)
    {
        fields.RefuseUnsupported("policy_id", "there are no sending policies yet");
        fields.RefuseUnsupported("virtual_sender_id", "there are no virtual senders yet; the resource names the sender");
        fields.RefuseUnsupported("blind_carbon_copy", "a message goes to one contact");
        fields.RefuseUnsupported("for_confirm", "there is no double opt-in yet");
        var contents = fields.Objects("content");
        if (fields.Has("content") && contents.Count != 1) fields.Refuse("Parameter 'content' must hold one content object: a trigger sends one template");
        var content = contents.Count == 0 ? null : contents[0];
        return new TriggerParameters
        {
            Name = fields.Text("name"), Type = fields.Text("trigger_type"), Database = fields.Int("list_id") ?? fields.Int("db_id"), Resource = fields.Int("resource_id"),
            Channel = fields.Text("send_channel"), Template = content?.RequiredInt("message_id"), Active = Truth(fields, "is_active"),
            Unconditional = Truth(fields, "unconditional_sending"), Description = fields.Text("descr") ?? fields.Text("description"),
            Labels = fields.Has("ui_tags") ? fields.Texts("ui_tags") : null, Wait = fields.Int("skip_minutes"),
            Mail = content is null ? null : new MailOverrides
            {
                Subject = content.Text("subject"), FromEmail = content.Text("from_email"), FromName = content.Text("from_name"),
                ReplyToEmail = content.Text("replyto_email"), ReplyToName = content.Text("replyto_name"),
            },
        };
    }

    private static bool? Truth(Fields fields, string name) => fields.Has(name) ? fields.Bool(name) : null;
}
