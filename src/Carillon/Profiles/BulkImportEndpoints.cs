using System.Text.Json.Nodes;
using Carillon.Repeats;
using Carillon.Wire;
using Carillon.Workspace;

namespace Carillon.Profiles;

/// <summary><c>profiles/import_batch</c>, <c>profiles/update_batch</c>, <c>profiles/add</c> and <c>profiles/add_batch</c>.</summary>
public sealed class BulkImportEndpoints(WorkspaceSource workspace, ImportProfiles imports, TimeProvider time)
{
    public Task<ApiAnswer> ImportBatch(ApiCall call) => RunAsync(call, mayCreate: true, search: true);

    public Task<ApiAnswer> UpdateBatch(ApiCall call) => RunAsync(call, mayCreate: false, search: true);

    /// <summary>Nobody is looked for: each item is a new profile.</summary>
    public Task<ApiAnswer> AddBatch(ApiCall call) => RunAsync(call, mayCreate: true, search: false);

    /// <summary>A new profile, even an empty one.</summary>
    public async Task<ApiAnswer> Add(ApiCall call)
    {
        var fields = new Fields(call.Body);
        var common = ReadCommon(fields);
        var data = fields.Object("data") ?? [];
        if (fields.Error is not null) return fields.Error;
        if (common.Database is null) return NoDatabase(fields);
        var (import, wrong) = CheckImport.Run(common with { Data = data }, workspace.Current, Now());
        if (import is null) return ProfileEndpoints.ToError(wrong!);
        var outcome = await imports.RunAsync(import with { Once = call.Once }, call.Cancel);
        return outcome.Refusal is { } refusal ? ProfileEndpoints.ToError(refusal) : ApiAnswer.Ok(("profile_id", outcome.ProfileId));
    }

    private async Task<ApiAnswer> RunAsync(ApiCall call, bool mayCreate, bool search)
    {
        var fields = new Fields(call.Body);
        var common = ReadCommon(fields) with { MayCreate = mayCreate };
        ProfileEndpoints.RefuseSegments(fields);
        var given = BulkEndpoints.TakeItems(fields);
        var shared = BulkEndpoints.ReadSharedKeys(fields);
        if (fields.Error is not null) return fields.Error;
        if (common.Database is null) return NoDatabase(fields);

        var (model, now) = (workspace.Current, Now());
        var outcomes = await imports.RunAsync(new ManyItems<ImportProfile, ImportOutcome>
        {
            Items = BulkEndpoints.LetGo(new Queue<JsonNode?>(given)).Select((item, index) => Check(BulkEndpoints.ReadImport(item, index, shared), common, search, model, now)), Count = given.Count, Once = call.Once,
            Answer = told => told.Any(outcome => outcome.ProfileId is not null) ? new Kept(null, Members(told)) : null,
            IsDone = outcome => outcome.ProfileId is not null, Fail = text => ImportOutcome.Refused(Refusal.Fault(text)),
        }, call.Cancel);
        // A repeat: the pipeline has the answer.
        return outcomes is null ? ApiAnswer.Ok() : ApiAnswer.Ok(Members(outcomes));
    }

    private static ImportProfile Check(BulkItem item, ImportRequest common, bool search, WorkspaceModel model, long now)
    {
        if (item.Refusal is { } refusal) return ImportProfile.Wrong(common.Database, refusal);
        var (import, wrong) = CheckImport.Run(common with { Keys = search ? item.Keys : null, Data = item.Data! }, model, now);
        return import ?? ImportProfile.Wrong(common.Database, wrong!);
    }

    private static (string, JsonNode?)[] Members(IReadOnlyList<ImportOutcome> outcomes)
    {
        var told = outcomes.Select(outcome => (outcome.ProfileId, outcome.Refusal));
        return BulkEndpoints.Members(BulkEndpoints.Every(told), told);
    }

    /// <summary>What all items share. The database is null when there is none such.</summary>
    private ImportRequest ReadCommon(Fields fields)
    {
        return new ImportRequest
        {
            Database = ProfileEndpoints.FindDatabase(fields, workspace.Current)!, Keys = null, Data = [],
            SkipInvalidSubscriptions = fields.Bool("skip_invalid_subscriptions"), DetectGeo = fields.Bool("detect_geo"), SkipTriggers = fields.Bool("skip_triggers"),
        };
    }

    private static ApiError NoDatabase(Fields fields) => ApiError.NotFound($"There is no database {fields.Text("db_id")}");

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();
}
