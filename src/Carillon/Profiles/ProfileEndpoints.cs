using Carillon.Storage;
using Carillon.Wire;
using Carillon.Workspace;

namespace Carillon.Profiles;

/// <summary><c>profiles/import</c>, <c>profiles/update</c>, <c>profiles/get</c>.</summary>
public sealed class ProfileEndpoints(WorkspaceSource workspace, ImportProfiles imports, Database database, TimeProvider time)
{
    public Task<ApiAnswer> Import(ApiCall call) => ImportAsync(call, mayCreate: true);

    public Task<ApiAnswer> Update(ApiCall call) => ImportAsync(call, mayCreate: false);

    public async Task<ApiAnswer> Get(ApiCall call)
    {
        var fields = new Fields(call.Body);
        var (profiles, keys) = (FindDatabase(fields, workspace.Current), ReadKeys(fields));
        if (fields.Error is not null) return fields.Error;
        if (profiles is null) return ApiError.NotFound($"There is no database {fields.Text("db_id")}");
        var (match, refusal) = keys.Check(profiles);
        if (match is null) return ToError(refusal!);
        (var profile, refusal) = await database.ReadAsync(async session => (await ProfileBatch.LoadAsync(session, database, [match], [], toChange: false, call.Cancel)).FindOne(match), call.Cancel);
        return profile is null ? ToError(refusal!) : ApiAnswer.Ok(("data", ProfileView.Of(profile)));
    }

    private async Task<ApiAnswer> ImportAsync(ApiCall call, bool mayCreate)
    {
        var fields = new Fields(call.Body);
        var profiles = FindDatabase(fields, workspace.Current);
        if (fields.Error is null && profiles is null) return ApiError.NotFound($"There is no database {fields.Text("db_id")}");
        var request = ReadImport(fields, profiles, mayCreate);
        RefuseSegments(fields);
        if (fields.Error is not null) return fields.Error;
        var (import, wrong) = CheckImport.Run(request, workspace.Current, time.GetUtcNow().ToUnixTimeMilliseconds());
        if (import is null) return ToError(wrong!);
        var outcome = await imports.RunAsync(import with { Once = call.Once }, call.Cancel);
        return outcome.Refusal is { } refusal ? ToError(refusal) : ApiAnswer.Ok(("profile_id", outcome.ProfileId));
    }

    /// <summary>Reads what an import reads, for the calls that import and do more.</summary>
    public static ImportRequest ReadImport(Fields fields, ProfileDatabase? profiles, bool mayCreate = true)
    {
        return new ImportRequest
        {
            Database = profiles!, Keys = ReadKeys(fields), Data = fields.RequiredObject("data"), MayCreate = mayCreate,
            SkipInvalidSubscriptions = fields.Bool("skip_invalid_subscriptions"), DetectGeo = fields.Bool("detect_geo"), SkipTriggers = fields.Bool("skip_triggers"),
        };
    }

    /// <summary>An empty text counts as absent: clients of typed languages send every key.</summary>
    public static MatchKeys ReadKeys(Fields fields)
    {
        string? Text(string name) => fields.Text(name) is { Length: > 0 } text ? text : null;
        return new MatchKeys
        {
            Matching = Text("matching"), Email = Text("email"), Phone = Text("phone"), ProfileId = Text("profile_id"),
            FieldName = Text("field_name"), FieldValue = Text("field_value"), Provider = Text("provider"),
            SubscriptionId = Text("subscription_id"), ResourceId = fields.Int("resource_id"),
        };
    }

    internal static void RefuseSegments(Fields fields)
    {
        foreach (var name in new[] { "add_to_segments", "remove_from_segments" })
        {
            if (fields.Items(name).Count > 0) fields.Refuse($"Parameter '{name}' names static segments, which this server does not have yet");
        }
    }

    public static ApiError ToError(Refusal refusal) => refusal.Kind switch
    {
        RefusalKind.NotFound => ApiError.NotFound(refusal.Text),
        RefusalKind.Ambiguous => ApiError.Ambiguous(refusal.Text),
        RefusalKind.Clash => ApiError.Clash(refusal.Text),
        RefusalKind.DatabaseNotInResource => ApiError.DatabaseNotInResource(refusal.Text),
        RefusalKind.Fault => ApiError.Fault(refusal.Text),
        _ => ApiError.Invalid(refusal.Text),
    };

    internal static ProfileDatabase? FindDatabase(Fields fields, WorkspaceModel model) =>
        model.Databases.GetValueOrDefault(fields.RequiredInt("db_id"));
}
