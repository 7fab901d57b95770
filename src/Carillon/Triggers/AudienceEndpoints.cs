using System.Text.Json.Nodes;
using Carillon.Profiles;
using Carillon.Wire;
using Carillon.Workspace;

namespace Carillon.Triggers;

/// <summary>Starts a trigger for everyone whom <c>custom_request</c> finds; <c>subscription_filter</c> is not used with it.</summary>
public sealed class AudienceEndpoints(FindProfiles find, LaunchTriggers launches, TimeProvider time)
{
    /// <summary><c>matching</c> goes before it.</summary>
    public static bool IsMeant(Fields fields) => fields.Has("custom_request") && !fields.Has("matching");

    /// <param name="asTask">Many or few: a task starts it for them, and the answer names the task.</param>
    public async Task<ApiAnswer> StartAsync(ApiCall call, Fields fields, Trigger trigger, WorkspaceModel model, bool asTask = false)
    {
        var request = TriggerEndpoints.ReadLaunch(fields, trigger, model, call, time);
        if (asTask) request = request with { Timeout = TriggerEndpoints.ReadTimeout(fields) ?? request.Timeout };
        var document = ReadDocument(fields);
        if (fields.Error is not null) return fields.Error;
        var (query, problem) = ProfileQuery.Parse(document, model.Databases[trigger.Database]);
        if (query is null) return ApiError.Invalid(Audience.Refused(problem));
        if (fields.Has("subscription_filter")) request = request with { Trace = [.. request.Trace, "subscription_filter is not used together with custom_request"] };

        var found = await find.RunAsync(query, asTask ? 0 : Audience.MaxAtOnce, Audience.Patience, call.Cancel);
        var outcome = await launches.RunAsync(request with { Audience = new Audience { Query = query, Document = document, Found = found, AsTask = asTask } }, call.Cancel);
        if (outcome.Refusal is { } refusal) return ProfileEndpoints.ToError(refusal);
        return ApiAnswer.Ok(("data", asTask && outcome.Task is { } task ? new JsonObject { ["task_id"] = task.Id } : null)) with { LaunchId = outcome.LaunchId };
    }

    public static JsonObject ReadDocument(Fields fields)
    {
        var document = fields.RequiredObject("custom_request");
        if (document.Count == 0) fields.Refuse("Parameter 'custom_request' is empty, which would launch to every profile of the database; if that is meant, write {\"_id\": {\"$exists\": true}}");
        return document;
    }
}
