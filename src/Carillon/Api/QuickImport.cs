using System.Text.Json.Nodes;
using Carillon.Profiles;
using Carillon.Triggers;
using Carillon.Wire;
using Carillon.Workflows;

namespace Carillon.Api;

/// <summary>
/// <c>/api/integrations/any/profile_import</c>: an import for web forms, with flat parameters in the URL or the body. It becomes the same
/// call that <c>profiles/import</c>, <c>campaigns/triggers/import_and_start</c> or <c>workflows/import_and_start</c> would get.
/// </summary>
public sealed class QuickImport(ProfileEndpoints profiles, TriggerEndpoints triggers, WorkflowEndpoints workflows)
{
    private static readonly string[] Modes = ["email", "email_profile", "phone", "field_name"];

    /// <summary>What stands beside the fields of the profile.</summary>
    private static readonly string[] Reserved =
        ["token", "db_id", "matching", "resource_id", "trigger_id", "workflow_id", "field_name", "field_value", "email", "phone", "format", "request_id", "detect_geo", "skip_triggers"];

    public Task<ApiAnswer> Import(ApiCall call)
    {
        var given = new Fields(call.Body);
        if (given.Has("workflow_id") && given.Has("trigger_id")) return Refused("Give either 'trigger_id' or 'workflow_id': one call launches one thing");
        var mode = given.Text("matching") is { Length: > 0 } word ? word.ToLowerInvariant() : "email";
        if (!Modes.Contains(mode)) return Refused($"Parameter 'matching' must be one of {string.Join(", ", Modes)}");
        var call11 = call with { Body = Body(given, mode) };
        if (given.Error is not null) return Task.FromResult<ApiAnswer>(given.Error);
        if (given.Has("workflow_id")) return workflows.ImportAndStart(call11);
        return given.Has("trigger_id") ? triggers.ImportAndStart(call11) : profiles.Import(call11);
    }

    private static JsonObject Body(Fields given, string mode)
    {
        var (email, phone) = (given.Text("email"), given.Text("phone"));
        var data = new JsonObject(given.Raw.Where(member => !Reserved.Contains(member.Key)).Select(member => KeyValuePair.Create(member.Key, member.Value?.DeepClone())));
        if (!string.IsNullOrEmpty(email)) data["email"] = email;
        if (!string.IsNullOrEmpty(phone)) data["phones"] = new JsonArray(phone);
        if (data.Count == 0) given.Refuse("At least one field of the database is required");
        if (given.Int("resource_id") is { } resource) data["subscriptions"] = Subscriptions(resource, email, phone);

        var body = new JsonObject { ["matching"] = mode, ["data"] = data, ["detect_geo"] = data.ContainsKey("_regip") };
        foreach (var name in new[] { "db_id", "trigger_id", "workflow_id", "field_name", "field_value", "email", "phone", "skip_triggers" })
        {
            if (given.Has(name)) body[name] = given.Raw[name]!.DeepClone();
        }
        if (!given.Has("db_id")) given.Refuse("Parameter 'db_id' is required");
        return body;
    }

    /// <summary>The given contacts are subscribed to the resource.</summary>
    private static JsonArray Subscriptions(int resource, string? email, string? phone)
    {
        var subscriptions = new JsonArray();
        if (!string.IsNullOrEmpty(email)) subscriptions.Add((JsonNode)new JsonObject { ["resource_id"] = resource, ["channel"] = "email", ["email"] = email });
        if (!string.IsNullOrEmpty(phone)) subscriptions.Add((JsonNode)new JsonObject { ["resource_id"] = resource, ["channel"] = "sms", ["phone"] = phone });
        return subscriptions;
    }

    private static Task<ApiAnswer> Refused(string text) => Task.FromResult<ApiAnswer>(ApiError.Invalid(text));
}
