using System.Text.Json.Nodes;
using Carillon.Delivery.Email;
using Carillon.History;
using Carillon.Profiles;
using Carillon.Queue;
using Carillon.Storage;
using Carillon.Templates;
using Carillon.Workflows.Steps;
using Carillon.Workspace;

namespace Carillon.Workflows;

/// <summary>What a simulated run is given.</summary>
public sealed record SimulateRequest
{
    public required Workflow Workflow { get; init; }
    public required Entry Entry { get; init; }
    /// <summary>The stored profile; or, with <see cref="Import"/>, none.</summary>
    public ProfileMatch? Match { get; init; }
    /// <summary>The profile as an import would make or change it; nothing of it is stored.</summary>
    public ImportProfile? Import { get; init; }
    public JsonObject Content { get; init; } = [];
    /// <summary>When the run begins; by default now.</summary>
    public DateTimeOffset? Start { get; init; }
    /// <summary>What happens to the profile meanwhile: the kind of event and how long after the start.</summary>
    public IReadOnlyList<SimulatedEvent> Events { get; init; } = [];
    /// <summary>What becomes of messages, by node: <c>sent</c> (default), <c>skipped</c>, <c>failed</c>, <c>unknown</c>.</summary>
    public IReadOnlyDictionary<string, string> Verdicts { get; init; } = new Dictionary<string, string>();
    /// <summary>What HTTP requests are answered, by node: <c>status</c> and <c>body</c>; by default 200 and nothing.</summary>
    public IReadOnlyDictionary<string, JsonObject> Answers { get; init; } = new Dictionary<string, JsonObject>();
}

/// <param name="Kind">The kind of event, as history calls it.</param>
public sealed record SimulatedEvent(string Kind, TimeSpan After, JsonObject Document);

/// <summary>The way a simulated run took.</summary>
/// <param name="Ended">False when it went on for longer than a simulation looks.</param>
public sealed record SimulatedRun(Run Run, bool Ended, IReadOnlyList<StepRecord> Steps, IReadOnlyList<SimulatedMessage> Messages, IReadOnlyList<HttpCall> Calls, Refusal? Refusal = null);

/// <param name="Source">The mail as it would go on the wire; null with the problem when it cannot be made.</param>
public sealed record SimulatedMessage(string Node, Message Message, string? Subject, string? Source, string Problem);

/// <summary>
/// A run on a clock of its own: the same walk and the same steps, and what they cause is shown instead of done. Nothing is stored or sent.
/// </summary>
public sealed class Simulation(Database database, Ids ids, TimeProvider time)
{
    private const int MostTurns = 1000;
    /// <summary>How long a run is followed.</summary>
    public static readonly TimeSpan Horizon = TimeSpan.FromDays(3660);

    private readonly EmailTemplates _templates = new(EmailTemplates.NoDomain);

    public Task<SimulatedRun> RunAsync(SimulateRequest request, WorkspaceModel model, CancellationToken cancel) => database.ReadAsync(async session =>
    {
        // 1. The profile, in a batch that nobody writes.
        var match = request.Import?.Match ?? request.Match!;
        var profiles = await ProfileBatch.LoadAsync(session, database, [match], request.Import?.UniqueKeys() ?? [], toChange: false, cancel);
        var start = (request.Start ?? time.GetUtcNow()).ToUnixTimeMilliseconds();
        var (profile, refusal) = Find(request, profiles, start);
        var run = BeginAt(request, profile, start);
        if (profile is null) return new SimulatedRun(run, true, [], [], [], refusal);

        // 2. Turn after turn, until it ends.
        var path = new Path();
        var (clock, content) = (start, request.Content);
        for (var turns = 0; turns < MostTurns && clock - start <= (long)Horizon.TotalMilliseconds; turns++)
        {
            var turn = new Turn
            {
                Run = run, Workflow = request.Workflow, Graph = Graph.Of(request.Workflow, model), Workspace = model, Profile = profile, Content = content, Now = clock, Ids = ids, Profiles = profiles,
            };
            Walk.Run(turn);
            if (turn.Needs.Count > 0)
            {
                await profiles.LookUpAsync(session, turn.Needs, cancel);
                Walk.Run(turn);
            }
            (run, profile, content) = (turn.Run, turn.Profile, turn.Content);
            path.Add(turn, Render(turn, model));
            if (run.State != RunState.Inside) return path.Ends(run, ended: true);
            (run, clock) = Pass(run, turn, request, start);
        }
        return path.Ends(run, ended: false);
    }, cancel);

    private (Profile? Profile, Refusal? Refusal) Find(SimulateRequest request, ProfileBatch profiles, long now)
    {
        if (request.Import is not { } import) return profiles.FindOne(request.Match!);
        var (profile, _, refusal) = import.Decide(profiles, ids, database.Shards, now);
        return (profile, refusal);
    }

    private Run BeginAt(SimulateRequest request, Profile? profile, long start) => new()
    {
        Shard = 0, Id = ids.New(0), WorkflowId = request.Workflow.Id, ProfileId = profile?.Id ?? "", DatabaseId = request.Workflow.Database, LaunchId = "", ContentId = "",
        Node = request.Entry.Id, RunAt = start, Reason = "simulated", Created = start, Updated = start,
    };

    /// <summary>Lets time pass until the run goes on, and says what ended its wait.</summary>
    private static (Run Run, long Clock) Pass(Run run, Turn turn, SimulateRequest request, long start)
    {
        JsonObject? happened = null;
        var clock = run.RunAt;
        if (run.WaitsFor.StartsWith("message:", StringComparison.Ordinal))
            (happened, clock) = (new JsonObject { ["kind"] = Kind(request.Verdicts.GetValueOrDefault(run.Node, "sent")), ["reason"] = "simulated", ["time"] = turn.Now }, turn.Now);
        else if (run.WaitsFor.StartsWith("call:", StringComparison.Ordinal))
            (happened, clock) = (request.Answers.GetValueOrDefault(run.Node)?.DeepClone() as JsonObject ?? new JsonObject { ["status"] = 200, ["body"] = null }, turn.Now);
        else if (run.WaitsFor.Length > 0 && Next(run, turn, request, start) is { } next)
            (happened, clock) = (next.ToJson(), next.Time);
        return (run with { WaitsFor = "", Memory = run.Memory with { Event = happened } }, Math.Max(clock, turn.Now));
    }

    private static Happening? Next(Run run, Turn turn, SimulateRequest request, long start) =>
        turn.Graph.Steps[run.Node] is WaitEventStep wait
            ? request.Events.Select(given => Of(given, run, start)).OrderBy(happening => happening.Time).FirstOrDefault(happening => wait.Takes(run, happening))
            : null;

    /// <summary>An event that says nothing of its message counts as one of the run's own.</summary>
    private static Happening Of(SimulatedEvent given, Run run, long start)
    {
        var document = (JsonObject)given.Document.DeepClone();
        document["run_id"] ??= run.Id;
        return new Happening { Shard = 0, Id = "", ProfileId = run.ProfileId, DatabaseId = run.DatabaseId, Kind = given.Kind, Time = start + (long)given.After.TotalMilliseconds, Document = document };
    }

    private static string Kind(string verdict) => verdict switch
    {
        "skipped" => EventKinds.Suppress, "failed" => EventKinds.Undeliverable, "unknown" => EventKinds.Unknown, _ => EventKinds.Send,
    };

    private List<SimulatedMessage> Render(Turn turn, WorkspaceModel model) => turn.Messages.ConvertAll(message =>
    {
        var node = turn.Records.Find(record => record.MessageId == message.Id)?.Node ?? turn.Run.Node;
        if (model.Templates.GetValueOrDefault(message.TemplateId)?.Email is not { } mail || !model.Resources[message.ResourceId].Channels.TryGetValue(message.Channel, out var channel))
            return new SimulatedMessage(node, message, null, null, $"template {message.TemplateId} has nothing that can be shown for {message.Channel}");
        var scope = new TemplateScope
        {
            Lead = turn.Profile.ToLead(), ApiContent = turn.Content, Zone = turn.Zone,
            Subscription = turn.Profile.Subscriptions.Find(one => one.ResourceId == message.ResourceId && one.Channel == message.Channel && one.Contact == message.Contact)?.ToJson(),
        };
        var (made, problem) = _templates.Render(mail, null, channel, scope, message, []);
        return new SimulatedMessage(node, message, Template.Parse(mail.Subject, TemplateKind.Text).Template?.Render(scope).Text, made is null ? null : System.Text.Encoding.UTF8.GetString(made.Content.Span), problem);
    });

    /// <summary>What was seen on the way.</summary>
    private sealed class Path
    {
        private readonly List<StepRecord> _steps = [];
        private readonly List<SimulatedMessage> _messages = [];
        private readonly List<HttpCall> _calls = [];

        public void Add(Turn turn, List<SimulatedMessage> messages)
        {
            _steps.AddRange(turn.Records);
            _messages.AddRange(messages);
            if (turn.Call is { } call) _calls.Add(call);
        }

        public SimulatedRun Ends(Run run, bool ended) => new(run, ended, _steps, _messages, _calls);
    }
}
