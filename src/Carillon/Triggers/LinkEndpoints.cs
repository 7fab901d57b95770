using System.Text.Json.Nodes;
using Carillon.Profiles;
using Carillon.Storage;
using Carillon.Wire;
using Carillon.Workspace;

namespace Carillon.Triggers;

/// <summary><c>/trg/...</c>, the calls of version 1.0: one profile per call, and the link itself is the right to make it.</summary>
public sealed class LinkEndpoints(WorkspaceSource workspace, TriggerLinks links, LaunchTriggers launches, Database database)
{
    private const int MaxFields = 1000;

    /// <summary>The name of the token in what such a launch leaves behind.</summary>
    public const string TokenName = "link";

    public async Task<ApiAnswer> Start(ApiCall call, string link, string who)
    {
        var fields = new Fields(call.Body);
        var model = workspace.Current;
        if (links.Find(link, model) is not { } trigger) return ApiError.NotFound("There is no such link; campaigns/triggers/get tells a trigger's link");
        if (!trigger.Active) return ApiError.Invalid("Trigger is not active");
        if (trigger.Type != "api_call") return ApiError.Invalid($"Trigger {trigger.Id} is of type {trigger.Type}; only api_call can be started by a call");
        var profiles = model.Databases[trigger.Database];
        if (fields.Int("id") is { } named && named != trigger.Id) fields.Refuse($"Parameter 'id' is {named}, but the link is of trigger {trigger.Id}");

        var (match, refused) = Match(who, profiles);
        if (match is null) return ProfileEndpoints.ToError(refused!);
        List<string> trace = [];
        var given = ReadFields(fields, profiles, trace);
        if (fields.Error is not null) return fields.Error;

        var outcome = await launches.RunAsync(Request(trigger, model, match, given, call) with { Trace = trace }, call.Cancel);
        if (outcome.Refusal is { Kind: RefusalKind.NotFound } nobody) return ApiError.NotFound(await ExplainAsync(nobody.Text, match, profiles, call.Cancel));
        return outcome.Refusal is { } refusal
            ? ProfileEndpoints.ToError(refusal)
            : ApiAnswer.Ok(("data", null)) with { LaunchId = outcome.LaunchId };
    }

    /// <summary>An e-mail has an at sign, a hash has 32 or 16 hex digits.</summary>
    private static (ProfileMatch? Match, Refusal? Refusal) Match(string who, ProfileDatabase profiles)
    {
        if (who.Contains('@', StringComparison.Ordinal)) return new MatchKeys { Matching = "email", Email = who }.Check(profiles);
        if (EmailHash.KindOf(who) is not { } kind) return (null, Refusal.Invalid("The link must end with an e-mail, its MD5 (32 hex digits) or its XXH64 (16 hex digits)"));
        if (!profiles.EmailHashes) return (null, Refusal.Invalid($"Database {profiles.Id} keeps no hashes of e-mails: set 'email_hashes: true' in its workspace file, or end the link with the e-mail"));
        return (ProfileMatch.ByEmailHash(profiles, kind, who.ToLowerInvariant()), null);
    }

    private static TriggerRequest Request(Trigger trigger, WorkspaceModel model, ProfileMatch match, List<LinkField> given, ApiCall call)
    {
        var stored = given.Where(field => field.Option == LinkOption.Store).Select(field => KeyValuePair.Create(field.Name, field.Value)).ToList();
        return new TriggerRequest
        {
            Trigger = trigger, Resource = model.Resources[trigger.Resource], Match = match, TokenName = TokenName, RequestId = call.RequestId, Once = call.Once,
            Timeout = TimeSpan.FromMinutes(trigger.Wait), Fields = given, AnySubscription = true,
            Import = stored.Count == 0 ? null : new ImportProfile
            {
                Database = model.Databases[trigger.Database], Match = match, MayCreate = false, Fields = stored, Subscriptions = [], UnknownFields = 0, Trace = [],
            },
        };
    }

    private static List<LinkField> ReadFields(Fields fields, ProfileDatabase profiles, List<string> trace)
    {
        List<LinkField> result = [];
        var given = fields.Objects("fields");
        if (given.Count > MaxFields) fields.Refuse($"Parameter 'fields' holds more than {MaxFields} fields");
        foreach (var (index, one) in given.Take(MaxFields).Index())
        {
            var (name, option) = (one.RequiredText("name"), one.Int("option") ?? 0);
            if (option is < 0 or > 2) one.Refuse($"Parameter 'fields[{index}].option' must be 0, 1 or 2");
            var value = SystemFields.IsReadOnly(name) ? null
                : SystemFields.Check(name, one.Raw["value"]) ?? (profiles.Fields.TryGetValue(name, out var field) ? FieldValues.Check(field, one.Raw["value"]) : null);
            if (value is { Error: { } error }) one.Refuse($"Parameter 'fields[{index}].value': {error}");
            else if (value is null) trace.Add($"left out the field {ShortText.Cut(name)}: database {profiles.Id} has none of that name to write");
            else result.Add(new LinkField(name, value.Value.Value, (LinkOption)option));
        }
        return result;
    }

    /// <summary>Nobody may be found by a hash that was not filled in yet.</summary>
    private async Task<string> ExplainAsync(string text, ProfileMatch match, ProfileDatabase profiles, CancellationToken cancel) =>
        match.Mode == MatchMode.EmailHash && !await database.ReadAsync(session => FillEmailHashes.IsFilledAsync(session, profiles.Id, cancel), cancel)
            ? text + "; the hashes of its older profiles are still being filled in" : text;
}
