using Carillon.Profiles;
using Carillon.Queue;
using Carillon.Repeats;
using Carillon.Storage;

namespace Carillon.Triggers;

/// <summary>Carries out the calls that start something, a batch of them per transaction; a single call is a batch of one.</summary>
/// <remarks>
/// <code>
///   load whom the calls may touch --> decide each call in order --> write the sets --> (commit) --> answer all
///                                     (a repeat? match, import, start)
/// </code>
/// </remarks>
public abstract class LaunchInBatches<TRequest> : IAsyncDisposable where TRequest : LaunchRequest
{
    private readonly Database _database;
    private readonly AnswerStore _answers;
    private readonly TaskQueue _tasks;
    private readonly Telemetry _telemetry;
    private readonly TimeProvider _time;
    private readonly Batcher<Portion<TRequest, LaunchOutcome>, LaunchOutcome[]?> _batcher;
    private readonly Portions<TRequest, LaunchOutcome> _portions;

    protected LaunchInBatches(Database database, AnswerStore answers, TaskQueue tasks, Telemetry telemetry, TimeProvider time)
    {
        (_database, _answers, _tasks, _telemetry, _time) = (database, answers, tasks, telemetry, time);
        _batcher = new(database, RunAsync, committed: Committed, weigh: portion => portion.Items.Sum(item => 1 + item.Audience?.Matches.Count() ?? 1));
        _portions = new(database, answers, _batcher);
    }

    /// <summary>Returns when the launch is on disk, or refused.</summary>
    public async Task<LaunchOutcome> RunAsync(TRequest request, CancellationToken cancel)
    {
        var (attachments, refusal) = await UploadedAttachments.ResolveAsync(_database, request.Attachments, _time, cancel);
        if (refusal is not null) return LaunchOutcome.Refused(refusal);
        using var spans = LaunchSpans.Begin(_telemetry);
        var portion = new Portion<TRequest, LaunchOutcome>([(TRequest)((LaunchRequest)request with { Attachments = attachments, Spans = spans })])
        {
            Call = request.Once, Keep = outcomes => Answer(request, outcomes[0]),
        };
        return await _batcher.RunAsync(portion, cancel) is { } outcomes ? outcomes[0] : LaunchOutcome.Repeated;
    }

    /// <summary>Launches many, each as if it came alone; null for a repeat.</summary>
    public Task<IReadOnlyList<LaunchOutcome>?> RunAsync(ManyItems<TRequest, LaunchOutcome> call, CancellationToken cancel) => _portions.RunAsync(call, cancel);

    /// <summary>The piece of a task, in the task's own transaction. Call <see cref="Committed(IReadOnlyList{TRequest}, IReadOnlyList{LaunchOutcome})"/> after it.</summary>
    public async Task<LaunchOutcome[]> RunAsync(Session session, IReadOnlyList<TRequest> requests, CancellationToken cancel) =>
        (await RunAsync(session, [new Portion<TRequest, LaunchOutcome>(requests) { Keep = _ => null }], cancel))[0]!;

    /// <summary>Wakes who goes on from here, and counts.</summary>
    public void Committed(IReadOnlyList<TRequest> requests, IReadOnlyList<LaunchOutcome> outcomes)
    {
        foreach (var (request, outcome) in requests.Zip(outcomes))
        {
            request.Spans?.Ended();
            if (outcome.Refusal is not null) continue;
            if (request.Shared is { Stored: false } shared && outcome.LaunchId is { } id) shared.StoredAs(id, _database.ShardOfId(id));
            foreach (var shard in outcome.Shards) Wake(request, shard);
            if (outcome.Task is { } task) _tasks.Wake(task);
            _telemetry.Launches.Add(1);
            if (request.Import is { UnknownFields: > 0 } import) _telemetry.UnknownFields.Add(import.UnknownFields);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _batcher.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected Database Database => _database;
    protected TaskQueue Tasks => _tasks;

    /// <summary>Decides the requests of a batch, in memory, and writes down what they start; the profiles are written by the caller.</summary>
    protected abstract Task<LaunchOutcome[]?[]> RunAsync(Session session, LaunchBatch<TRequest> batch, CancellationToken cancel);

    /// <summary>Something waits on a shard.</summary>
    protected abstract void Wake(TRequest request, short shard);

    private async Task<LaunchOutcome[]?[]> RunAsync(Session session, IReadOnlyList<Portion<TRequest, LaunchOutcome>> portions, CancellationToken cancel)
    {
        var requests = portions.SelectMany(portion => portion.Items).Where(request => request.Refused is null).ToList();
        foreach (var request in requests) request.Spans?.BatchBegins(requests.Count);

        // 1. Load whom the calls may touch, and what was answered before: a twin in another transaction holds the same contacts, and is
        //    seen once it let them go.
        var unique = requests.Where(request => request.Import is not null).SelectMany(request => request.Import!.UniqueKeys());
        var profiles = await ProfileBatch.AskAsync(session, _database, requests.SelectMany(request => request.Matches), unique, toChange: true, cancel);
        var answers = _answers.Ask(session, portions.SelectMany(portion => new[] { portion.Call, portion.Part }), cancel);
        await profiles.LoadAsync(session, cancel);
        var once = await answers.OpenAsync(cancel);

        // 2. Decide each call in order: a later one sees what an earlier one did.
        var outcomes = await RunAsync(session, new LaunchBatch<TRequest>(requests, profiles, _time.GetUtcNow().ToUnixTimeMilliseconds())
        {
            InOrder = decide => [.. portions.Select(portion => once.Run(portion, request => request.Refused is { } refused ? LaunchOutcome.Refused(refused) : decide(request)))],
        }, cancel);

        // 3. Write the sets, and with them the answers for repeats.
        await profiles.WriteAsync(session, cancel);
        await once.WriteAsync(session, cancel);
        return outcomes;
    }

    private void Committed(IReadOnlyList<Portion<TRequest, LaunchOutcome>> portions, LaunchOutcome[]?[] outcomes)
    {
        foreach (var (portion, told) in portions.Zip(outcomes))
        {
            if (told is not null) Committed(portion.Items, told);
        }
    }

    private static Kept? Answer(TRequest request, LaunchOutcome outcome) => outcome.Refusal is not null ? null : new Kept(outcome.LaunchId, request.Answer(outcome));
}

/// <summary>Calls that share a transaction, with the profiles that they may touch, held.</summary>
/// <param name="Now">Milliseconds since 1970.</param>
public sealed record LaunchBatch<TRequest>(IReadOnlyList<TRequest> Requests, ProfileBatch Profiles, long Now)
{
    /// <summary>Decides each that is no repeat, in the order in which they came.</summary>
    public required Func<Func<TRequest, LaunchOutcome>, LaunchOutcome[]?[]> InOrder { get; init; }
}
