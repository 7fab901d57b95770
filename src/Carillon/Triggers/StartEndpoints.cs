using System.Text.Json.Nodes;
using Carillon.Profiles;
using Carillon.Wire;
using Carillon.Workspace;

namespace Carillon.Triggers;

/// <summary>What the calls that start a trigger mailing or a workflow have in common: whom they are for, and what they answer.</summary>
public static class StartEndpoints
{
    public static void CheckDatabase(Fields fields, LaunchRequest request)
    {
        if (fields.Int("db_id") is { } named && named != request.DatabaseId) fields.Refuse($"Parameter 'db_id' is {named}, but {request.Shown} works on database {request.DatabaseId}");
    }

    /// <summary>For the profile that is imported first.</summary>
    /// <param name="now">Milliseconds since 1970.</param>
    public static (TRequest? Request, ApiError? Error) ForImport<TRequest>(Fields fields, TRequest request, WorkspaceModel model, long now) where TRequest : LaunchRequest
    {
        CheckDatabase(fields, request);
        var importing = ProfileEndpoints.ReadImport(fields, model.Databases[request.DatabaseId]);
        if (fields.Error is not null) return (null, fields.Error);
        var (import, wrong) = CheckImport.Run(importing, model, now);
        return import is null ? (null, ProfileEndpoints.ToError(wrong!)) : ((TRequest)((LaunchRequest)request with { Import = import }), null);
    }

    /// <summary>For the profile that <c>matching</c> finds; without it, for everyone whom <c>custom_request</c> does.</summary>
    public static async Task<(TRequest? Request, ApiError? Error)> ForFoundAsync<TRequest>(Fields fields, TRequest request, WorkspaceModel model, FindProfiles find, CancellationToken cancel) where TRequest : LaunchRequest
    {
        if (IsForAll(fields)) return await ForAllAsync(fields, request, model, find, asTask: false, cancel);

        var keys = ProfileEndpoints.ReadKeys(fields);
        var filter = TriggerEndpoints.ReadFilter(fields.Inner("subscription_filter"));
        if (fields.Error is not null) return (null, fields.Error);
        var (match, wrong) = keys.Check(model.Databases[request.DatabaseId]);
        return match is null ? (null, ProfileEndpoints.ToError(wrong!)) : ((TRequest)((LaunchRequest)request with { Match = match, Filter = filter }), null);
    }

    /// <summary><c>matching</c> goes before <c>custom_request</c>.</summary>
    public static bool IsForAll(Fields fields) => fields.Has("custom_request") && !fields.Has("matching");

    /// <summary>For everyone whom <c>custom_request</c> finds; <c>subscription_filter</c> is not used with it.</summary>
    /// <param name="asTask">Many or few: a task starts them, and the answer names it.</param>
    public static async Task<(TRequest? Request, ApiError? Error)> ForAllAsync<TRequest>(
        Fields fields, TRequest request, WorkspaceModel model, FindProfiles find, bool asTask, CancellationToken cancel) where TRequest : LaunchRequest
    {
        var document = ReadDocument(fields);
        if (fields.Error is not null) return (null, fields.Error);
        var (query, problem) = Audience.Parse(document, model.Databases[request.DatabaseId]);
        if (query is null) return (null, ApiError.Invalid(Audience.Refused(problem)));

        var found = await find.RunAsync(query, asTask ? 0 : Audience.MaxAtOnce, Audience.Patience, cancel);
        return ((TRequest)((LaunchRequest)request with
        {
            Audience = new Audience { Query = query, Document = document, Found = found, AsTask = asTask },
            Trace = fields.Has("subscription_filter") ? [.. request.Trace, "subscription_filter is not used together with custom_request"] : request.Trace,
        }), null);
    }

    public static JsonObject ReadDocument(Fields fields)
    {
        var document = fields.RequiredObject("custom_request");
        if (document.Count == 0) fields.Refuse("Parameter 'custom_request' is empty, which would launch to every profile of the database; if that is meant, write {\"_id\": {\"$exists\": true}}");
        return document;
    }

    public static ApiAnswer Answer(LaunchRequest request, LaunchOutcome outcome)
    {
        if (outcome.Refusal is { } refusal) return ProfileEndpoints.ToError(refusal);
        // A repeat: the pipeline has the answer.
        if (ReferenceEquals(outcome, LaunchOutcome.Repeated)) return ApiAnswer.Ok();
        return ApiAnswer.Ok(request.Answer(outcome)) with { LaunchId = outcome.LaunchId };
    }
}
