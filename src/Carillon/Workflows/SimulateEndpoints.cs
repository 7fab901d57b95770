using System.Text.Json.Nodes;
using Carillon.Profiles;
using Carillon.Storage;
using Carillon.Triggers;
using Carillon.Wire;
using Carillon.Workflows.Steps;
using Carillon.Workspace;

namespace Carillon.Workflows;

/// <summary><c>POST /api/v2/workflows/{id}/simulate</c>: what would become of a profile, without doing it.</summary>
public sealed class SimulateEndpoints(WorkspaceSource workspace, Simulation simulation, TimeProvider time)
{
    private const int MaxBody = 1 << 20;

    /// <summary>A run that begins later could come to the end of the calendar.</summary>
    private const int LastYear = 9000;

    public async Task<IResult> Simulate(int id, HttpRequest request, CancellationToken cancel)
    {
        if (request.ContentLength is null or > MaxBody) return LaunchEndpoints.Problem(400, $"Send a JSON body of at most {MaxBody >> 20} MB with its Content-Length");
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, cancel);
        var input = WireInput.Read(body.ToArray(), WireFormat.Json);
        if (input.Root is null) return LaunchEndpoints.Problem(400, input.Error!.Text);
        var (answer, error) = await RunAsync(id, input.Root, workspace.Current, cancel);
        return answer is null ? LaunchEndpoints.Problem(error!.Code == 404 ? 404 : 400, error.Text) : Results.Json(answer);
    }

    /// <summary>Also for the command line, on a workspace of its own.</summary>
    public async Task<(JsonObject? Answer, ApiError? Error)> RunAsync(int id, JsonObject body, WorkspaceModel model, CancellationToken cancel)
    {
        if (!model.Workflows.TryGetValue(id, out var workflow)) return (null, ApiError.NotFound($"There is no workflow {id}"));
        var fields = new Fields(body);
        var (request, error) = Read(fields, workflow, model);
        if (request is null) return (null, error);
        var path = await simulation.RunAsync(request, model, cancel);
        return path.Refusal is { } refusal ? (null, ProfileEndpoints.ToError(refusal)) : (Show(path), null);
    }

    private (SimulateRequest? Request, ApiError? Error) Read(Fields fields, Workflow workflow, WorkspaceModel model)
    {
        var graph = Graph.Of(workflow, model);
        var node = fields.Text("node");
        var entry = node is null ? graph.Start ?? (graph.Entries is [var first, ..] ? first : null) : graph.Entries.FirstOrDefault(one => one.Id == node);
        var start = fields.Moment("start");
        if (start is { Year: < 1970 or > LastYear }) fields.Refuse($"Parameter 'start' must be between the years 1970 and {LastYear}");
        if (entry is null) fields.Refuse($"Parameter 'node' must name a node that profiles come in by: {string.Join(", ", graph.Entries.Select(one => one.Id))}");
        var request = new SimulateRequest
        {
            Workflow = workflow, Entry = entry!, Content = fields.Object("content") ?? [], Start = start, Events = ReadEvents(fields),
            Verdicts = ReadVerdicts(fields), Answers = (fields.Object("answers") ?? []).Where(answer => answer.Value is JsonObject).ToDictionary(answer => answer.Key, answer => (JsonObject)answer.Value!),
        };
        return WithProfile(request, fields, workflow, model);
    }

    /// <summary>With <c>data</c> as an import would make it, else as it is stored.</summary>
    private (SimulateRequest? Request, ApiError? Error) WithProfile(SimulateRequest request, Fields fields, Workflow workflow, WorkspaceModel model)
    {
        var database = model.Databases[workflow.Database];
        if (fields.Has("data"))
        {
            var importing = ProfileEndpoints.ReadImport(fields, database);
            if (fields.Error is not null) return (null, fields.Error);
            var (import, wrong) = CheckImport.Run(importing, model, time.GetUtcNow().ToUnixTimeMilliseconds());
            return import is null ? (null, ProfileEndpoints.ToError(wrong!)) : (request with { Import = import }, null);
        }
        var keys = ProfileEndpoints.ReadKeys(fields);
        if (keys is { Matching: null, ProfileId: not null }) keys = keys with { Matching = "profile_id" };
        if (fields.Error is not null) return (null, fields.Error);
        var (match, refusal) = keys.Check(database);
        return match is null ? (null, ProfileEndpoints.ToError(refusal!)) : (request with { Match = match }, null);
    }

    private static List<SimulatedEvent> ReadEvents(Fields fields)
    {
        List<SimulatedEvent> events = [];
        foreach (var given in fields.Objects("events"))
        {
            var word = given.RequiredText("event");
            var after = given.Inner("after");
            var seconds = after is null ? 0 : (after.Int("days") ?? 0) * 86_400L + (after.Int("hours") ?? 0) * 3600L + (after.Int("minutes") ?? 0) * 60L + (after.Int("seconds") ?? 0);
            if (seconds < 0 || seconds > (long)Simulation.Horizon.TotalSeconds) given.Refuse($"Parameter 'events[{events.Count}].after' must be between 0 and {Simulation.Horizon.TotalDays} days");
            events.Add(new SimulatedEvent(EventRule.KindOf(word) ?? word, TimeSpan.FromSeconds(Math.Clamp(seconds, 0, (long)Simulation.Horizon.TotalSeconds)), given.Object("document") ?? []));
        }
        return events;
    }

    private static Dictionary<string, string> ReadVerdicts(Fields fields)
    {
        var verdicts = (fields.Object("verdicts") ?? []).ToDictionary(pair => pair.Key, pair => NodeReader.Scalar(pair.Value) ?? "");
        if (verdicts.Values.FirstOrDefault(verdict => verdict is not ("sent" or "skipped" or "failed" or "unknown")) is { } stray)
            fields.Refuse($"Parameter 'verdicts': '{ShortText.Cut(stray)}' is not sent, skipped, failed or unknown");
        return verdicts;
    }

    private static JsonObject Show(SimulatedRun path) => new()
    {
        ["workflow_id"] = path.Run.WorkflowId, ["profile_id"] = path.Run.ProfileId, ["ended"] = path.Ended, ["state"] = path.Run.State.Word(), ["node"] = path.Run.Node, ["reason"] = path.Run.Reason,
        ["steps"] = new JsonArray([.. path.Steps.Select(step => (JsonNode)RunEndpoints.Show(step))]),
        ["messages"] = new JsonArray([.. path.Messages.Select(message => (JsonNode)new JsonObject
        {
            ["node"] = message.Node, ["time"] = Moments.Write(DateTimeOffset.FromUnixTimeMilliseconds(message.Message.RunAt)), ["channel"] = message.Message.Channel,
            ["contact"] = message.Message.Contact, ["template_id"] = message.Message.TemplateId, ["subject"] = message.Subject, ["source"] = message.Source, ["problem"] = message.Problem,
        })]),
        ["requests"] = new JsonArray([.. path.Calls.Select(call => (JsonNode)new JsonObject { ["method"] = call.Method, ["url"] = call.Url.ToString(), ["body"] = call.Body })]),
    };
}
