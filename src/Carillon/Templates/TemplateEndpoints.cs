using System.Text.Json.Nodes;
using Carillon.Storage;
using Carillon.Wire;
using Carillon.Workspace;

namespace Carillon.Templates;

/// <summary><c>templates/list</c>, <c>templates/get</c>, <c>templates/add</c>, <c>templates/update</c>, <c>templates/delete</c>.</summary>
public sealed class TemplateEndpoints(WorkspaceSource workspace, ChangeWorkspace changes, Database database)
{
    /// <summary>The original's number of the channel e-mail.</summary>
    private const int EmailChannel = 1;

    public Task<ApiAnswer> List(ApiCall call)
    {
        var fields = new Fields(call.Body);
        var (channel, labels) = (fields.Text("channel"), fields.Texts("ui_tags"));
        RefuseGroups(fields);
        var found = workspace.Current.Templates
            .Where(pair => string.IsNullOrEmpty(channel) || channel == Channels.Email && pair.Value.Email is not null)
            .Where(pair => labels.All(pair.Value.Labels.Contains));
        return Task.FromResult(ListAnswer.Of(fields, found, template => new JsonObject
        {
            ["channels"] = new JsonArray(template.Email is null ? [] : [Channels.Email]), ["groups"] = new JsonArray(), ["id"] = template.Id,
            ["is_confirm"] = false, ["is_draft"] = template.Draft, ["name"] = template.Name, ["ui_tags"] = Texts(template.Labels),
        }));
    }

    public async Task<ApiAnswer> Get(ApiCall call)
    {
        var fields = new Fields(call.Body);
        var (id, wanted) = (fields.RequiredInt("id"), fields.Texts("channel_sid"));
        if (fields.Error is not null) return fields.Error;
        if (!workspace.Current.Templates.TryGetValue(id, out var template)) return Missing(id);
        var stamp = await database.ReadAsync(session => WorkspaceTables.Templates.StampAsync(session, id, call.Cancel), call.Cancel);
        var shown = template.Email is { } email && (wanted.Count == 0 || wanted.Contains(Channels.Email)) ? [Show(email)] : new JsonArray();
        return ApiAnswer.Ok(("data", new JsonObject
        {
            ["channels"] = shown, ["description"] = template.Description, ["groups"] = new JsonArray(), ["id"] = id, ["is_confirm"] = false, ["is_draft"] = template.Draft,
            ["json_url"] = "", ["name"] = template.Name, ["suppress_id"] = 0, ["ui_tags"] = Texts(template.Labels),
            ["update_time"] = stamp is { Moment: > 0 } ? Moments.Write(DateTimeOffset.FromUnixTimeMilliseconds(stamp.Moment)) : "", ["updated_user"] = stamp?.By ?? "",
        }));
    }

    public async Task<ApiAnswer> Add(ApiCall call)
    {
        var fields = new Fields(call.Body);
        var given = Read(fields);
        if (fields.Error is not null) return fields.Error;
        return Saved(await changes.RunAsync(call.TokenName, (_, id) => Write(given, null, id), call.Once));
    }

    public async Task<ApiAnswer> Update(ApiCall call)
    {
        var fields = new Fields(call.Body);
        var id = fields.RequiredInt("id");
        var given = Read(fields);
        if (fields.Error is not null) return fields.Error;
        return Saved(await changes.RunAsync(call.TokenName, (before, _) => before.Templates.TryGetValue(id, out var old) ? Write(given, old, id) : NotThere(id)));
    }

    public async Task<ApiAnswer> Delete(ApiCall call)
    {
        var fields = new Fields(call.Body);
        var id = fields.RequiredInt("id");
        if (fields.Error is not null) return fields.Error;
        var outcome = await changes.RunAsync(call.TokenName, (before, _) =>
        {
            if (!before.Templates.ContainsKey(id)) return NotThere(id);
            var users = Uses.OfTemplate(before, id).ToList();
            return users.Count == 0
                ? new WorkspaceChange { DeleteTemplate = id }
                : WorkspaceChange.Refuse(ChangeRefusal.Invalid($"Template {id} is used by {ShortText.Cut(string.Join(", ", users), 300)}"));
        });
        return outcome.Refusal is { } refusal ? ToError(refusal) : ApiAnswer.Ok(("data", id));
    }

    public static ApiError ToError(ChangeRefusal refusal) => refusal.Missing ? ApiError.NotFound(refusal.Text) : ApiError.Invalid(refusal.Text);

    /// <summary>Nothing belongs to an access group, so a search in one would find everything or nothing; neither is meant.</summary>
    public static void RefuseGroups(Fields fields)
    {
        foreach (var name in new[] { "groups", "groups_id" }) fields.RefuseUnsupported(name, "there are no access groups; every token sees every object");
    }

    private static ApiAnswer Saved(ChangeOutcome outcome) =>
        outcome.Refusal is { } refusal ? ToError(refusal) : ApiAnswer.Ok(("data", ChangeWorkspace.SavedId(outcome.Id)));

    private static WorkspaceChange NotThere(int id) => WorkspaceChange.Refuse(ChangeRefusal.NotFound($"There is no template {id}"));

    private static ApiError Missing(int id) => ApiError.NotFound($"There is no template {id}");

    /// <summary>groups, is_confirm, is_not_inline and the settings of AMP are read by nobody: nothing here depends on them.</summary>
    private static TemplateParameters Read(Fields fields)
    {
        fields.RefuseUnsupported("json_url", "a template gets its data from the profile and the launch only");
        fields.RefuseUnsupported("suppress_id", "there are no suppression lists yet");
        List<ChannelParameters> channels = [];
        foreach (var given in fields.Objects("channels"))
        {
            var content = given.Inner("fields");
            content?.RefuseUnsupported("amp", "mails have a text and an HTML part only");
            var sid = given.RequiredText("sid");
            // A dot would lead into another channel's content.
            if (sid.Contains('.')) given.Refuse($"Parameter 'channels[{channels.Count}].sid': \"{ShortText.Cut(sid)}\" is not a channel");
            if (channels.Exists(channel => channel.Sid == sid)) given.Refuse($"Parameter 'channels[{channels.Count}].sid': \"{ShortText.Cut(sid)}\" stands twice");
            channels.Add(new ChannelParameters(sid, content?.Text("subject"), content?.Text("html"), content?.Text("text"),
                content?.Text("from_email"), content?.Text("from_name"), content?.Text("replyto_email"), content?.Text("replyto_name")));
        }
        return new TemplateParameters(fields.Text("name"), fields.Text("descr") ?? fields.Text("description"), fields.Has("ui_tags") ? fields.Texts("ui_tags") : null,
            fields.Has("is_draft") ? fields.Bool("is_draft") : null, channels);
    }

    /// <summary>In the form of the workspace file; what is not given stays as it was.</summary>
    private static WorkspaceChange Write(TemplateParameters given, MessageTemplate? old, int id)
    {
        var written = new GivenObject();
        written.Set("id", "id", id);
        written.Set("name", "name", given.Name ?? old?.Name);
        written.Set("description", "descr", given.Description ?? old?.Description);
        written.Set("labels", "ui_tags", given.Labels ?? old?.Labels);
        written.Set("draft", "is_draft", given.Draft ?? old?.Draft);
        written.Set("channels", "channels", null);
        var at = given.Channels.FindIndex(channel => channel.Sid == Channels.Email);
        for (var i = 0; i < given.Channels.Count; i++)
        {
            if (i != at) written.Set($"channels.{given.Channels[i].Sid}", $"channels[{i}].sid", "given");
        }
        if (at >= 0 || old?.Email is not null) WriteEmail(written, $"channels[{Math.Max(at, 0)}]", at >= 0 ? given.Channels[at] : null, old?.Email);

        var template = written.Read(map => ReadTemplates.Template(map, Template.Check));
        return written.Fault is { } fault ? WorkspaceChange.Refuse(ChangeRefusal.Invalid(fault)) : new WorkspaceChange { Given = written, Template = template };
    }

    private static void WriteEmail(GivenObject written, string parameter, ChannelParameters? given, EmailContent? old)
    {
        written.Set("channels.email", parameter, null);
        void Set(string key, string name, string? value) => written.Set($"channels.email.{key}", $"{parameter}.fields.{name}", value);
        Set("subject", "subject", given?.Subject ?? old?.Subject);
        Set("html", "html", given?.Html ?? old?.Html);
        Set("text", "text", given?.Text ?? old?.Text);
        Set("from_email", "from_email", given?.FromEmail ?? old?.FromEmail);
        Set("from_name", "from_name", given?.FromName ?? old?.FromName);
        Set("reply_to_email", "replyto_email", given?.ReplyToEmail ?? old?.ReplyToEmail);
        Set("reply_to_name", "replyto_name", given?.ReplyToName ?? old?.ReplyToName);
    }

    private static JsonObject Show(EmailContent email) => new()
    {
        ["fields"] = new JsonObject
        {
            ["amp"] = "", ["attach"] = new JsonArray(), ["from_email"] = email.FromEmail ?? "", ["from_name"] = email.FromName ?? "", ["html"] = email.Html ?? "",
            ["is_amp"] = false, ["is_not_inline"] = true, ["replyto_email"] = email.ReplyToEmail ?? "", ["replyto_name"] = email.ReplyToName ?? "",
            ["subject"] = email.Subject, ["text"] = email.Text ?? "",
        },
        ["id"] = EmailChannel, ["presets"] = new JsonArray(), ["sid"] = Channels.Email,
    };

    private static JsonArray Texts(IReadOnlyList<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);

    private sealed record TemplateParameters(string? Name, string? Description, IReadOnlyList<string>? Labels, bool? Draft, List<ChannelParameters> Channels);

    private sealed record ChannelParameters(string Sid, string? Subject, string? Html, string? Text, string? FromEmail, string? FromName, string? ReplyToEmail, string? ReplyToName);
}
