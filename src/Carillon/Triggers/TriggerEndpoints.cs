using Carillon.Profiles;
using Carillon.Queue;
using Carillon.Wire;
using Carillon.Workspace;

namespace Carillon.Triggers;

/// <summary><c>campaigns/triggers/import_and_start</c> and <c>campaigns/triggers/start</c>.</summary>
public sealed class TriggerEndpoints(WorkspaceSource workspace, LaunchTriggers launches, FindProfiles find, TimeProvider time)
{
    public async Task<ApiAnswer> ImportAndStart(ApiCall call)
    {
        var fields = new Fields(call.Body);
        var model = workspace.Current;
        var (trigger, refused) = FindTrigger(fields, "trigger_id", model);
        if (trigger is null) return refused!;
        var given = ReadLaunch(fields, trigger, model, call, time) with { Timeout = ReadTimeout(fields) ?? Wait(trigger) };
        (var request, refused) = StartEndpoints.ForImport(fields, given, model, time.GetUtcNow().ToUnixTimeMilliseconds());
        return request is null ? refused! : StartEndpoints.Answer(request, await launches.RunAsync(request, call.Cancel));
    }

    public async Task<ApiAnswer> Start(ApiCall call)
    {
        var fields = new Fields(call.Body);
        var model = workspace.Current;
        var (trigger, refused) = FindTrigger(fields, "id", model);
        if (trigger is null) return refused!;
        (var request, refused) = await StartEndpoints.ForFoundAsync(fields, ReadLaunch(fields, trigger, model, call, time), model, find, call.Cancel);
        return request is null ? refused! : StartEndpoints.Answer(request, await launches.RunAsync(request, call.Cancel));
    }

    internal static (Trigger? Trigger, ApiError? Error) FindTrigger(Fields fields, string key, WorkspaceModel model)
    {
        var other = key == "id" ? "trigger_id" : "id";
        if (!fields.Has(key) && fields.Has(other)) fields.Refuse($"Parameter '{key}' is required: this method names the trigger by '{key}', not by '{other}'");
        var id = fields.RequiredInt(key);
        if (fields.Error is not null) return (null, fields.Error);
        if (!model.Triggers.TryGetValue(id, out var trigger)) return (null, ApiError.NotFound($"There is no trigger {id}"));
        if (!trigger.Active) return (null, ApiError.Invalid("Trigger is not active"));
        return trigger.Type == "api_call" ? (trigger, null) : (null, ApiError.Invalid($"Trigger {id} is of type {trigger.Type}; only api_call can be started by a call"));
    }

    /// <summary>The parameters that all launches share.</summary>
    internal static TriggerRequest ReadLaunch(Fields fields, Trigger trigger, WorkspaceModel model, ApiCall call, TimeProvider time) => new()
    {
        Trigger = trigger,
        Resource = model.Resources[trigger.Resource],
        Content = fields.Object("content"),
        CustomData = fields.Object("custom_data"),
        Attachments = ReadAttachments(fields),
        Timeout = Wait(trigger),
        Expiration = ReadExpiration(fields, time),
        TokenName = call.TokenName,
        RequestId = call.RequestId,
        Once = call.Once,
    };

    private static DateTimeOffset? ReadExpiration(Fields fields, TimeProvider time)
    {
        var expiration = fields.Moment("expiration");
        if (expiration <= time.GetUtcNow()) fields.Refuse("Parameter 'expiration' is in the past");
        return expiration;
    }

    internal static TimeSpan Wait(Trigger trigger) => TimeSpan.FromMinutes(trigger.Wait);

    internal static TimeSpan? ReadTimeout(Fields fields)
    {
        if (fields.Inner("timeout") is not { } timeout) return null;
        long minutes = (timeout.Int("days") ?? 0) * 1440L + (timeout.Int("hours") ?? 0) * 60L + (timeout.Int("minutes") ?? 0);
        if (minutes is < 0 or > 366 * 1440) timeout.Refuse("Parameter 'timeout' must be between 0 and 366 days");
        return TimeSpan.FromMinutes(Math.Clamp(minutes, 0, 366 * 1440));
    }

    public static SubscriptionFilter? ReadFilter(Fields? filter)
    {
        if (filter is null) return null;
        string? email = null, phone = null;
        if (filter.Text("email") is { } givenEmail && !EmailAddress.TryNormalise(givenEmail, out email)) filter.Refuse("Parameter 'subscription_filter.email' is not an e-mail address");
        if (filter.Text("phone") is { } givenPhone && !PhoneNumber.TryNormalise(givenPhone, out phone)) filter.Refuse("Parameter 'subscription_filter.phone' is not a phone number");
        return new SubscriptionFilter(email, phone, filter.Text("provider"), filter.Text("subscription_id"), filter.Bool("not_strict"));
    }

    public static List<Attachment> ReadAttachments(Fields fields)
    {
        List<Attachment> files = [];
        foreach (var given in fields.Objects("attach"))
        {
            // The documentation of the original writes flie_key.
            var key = given.Text("file_key") ?? given.Text("flie_key");
            var (file, problem) = string.IsNullOrEmpty(key)
                ? DataUrl.Read(given.RequiredText("name"), given.RequiredText("data"), given.Text("mimetype"))
                : DataUrl.Named(key, given.Text("name") ?? "", given.Text("mimetype"));
            if (file is null) given.Refuse($"Parameter 'attach[{files.Count}]': {problem}");
            else files.Add(file);
        }
        if (files.Count > DataUrl.MaxFiles) fields.Refuse($"Parameter 'attach' holds more than {DataUrl.MaxFiles} files");
        if (files.Sum(file => (long)file.Data.Length) > DataUrl.MaxBytes) fields.Refuse(DataUrl.TooLarge);
        return files;
    }
}
