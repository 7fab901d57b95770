using System.Globalization;
using System.Text.Json.Nodes;
using Carillon.Commands;
using Carillon.Profiles;
using Carillon.Queue;
using Carillon.Storage;
using Carillon.Workflows;
using Carillon.Workspace;

namespace Carillon.Bench.Children;

/// <summary>
/// Fills a store with profiles that wait in a workflow, each with its launch and its first steps, as the engine would have left them: by the rooms'
/// own statements, but without the calls. <c>fill-runs FROM TO WORKFLOW SECONDS --data|--database WHERE WORKSPACE</c>; the runs go on after so many seconds.
/// </summary>
internal static class RunFiller
{
    private const int AtOnce = 1000;

    public static async Task FillAsync(Place place, long from, long to, int workflow, long seconds)
    {
        using var child = Child.Start("carillon-bench.dll",
            ["fill-runs", Text(from), Text(to), Text(workflow), Text(seconds), .. place.Arguments, place.Workspace]);
        await child.HearAsync("filled");
    }

    public static async Task RunAsync(string[] arguments)
    {
        var (from, to, workflow) = (long.Parse(arguments[1], CultureInfo.InvariantCulture), long.Parse(arguments[2], CultureInfo.InvariantCulture), int.Parse(arguments[3], CultureInfo.InvariantCulture));
        var settings = arguments[5] == "--data" ? new Settings { Data = arguments[6] } : new Settings { Database = arguments[6] };
        await using var database = await Stores.OpenAsync(settings, TimeProvider.System, CancellationToken.None);
        if (!await Apply.RunAsync(arguments[7], database, TextWriter.Null, CancellationToken.None)) throw new InvalidOperationException("The workspace does not apply");
        var profiles = (await database.ReadAsync(session => WorkspaceTables.LoadAsync(session, CancellationToken.None), CancellationToken.None)).Databases[1];
        var ids = new Ids(TimeProvider.System);
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        var runAt = now + long.Parse(arguments[4], CultureInfo.InvariantCulture) * 1000;

        for (; from < to; from += AtOnce)
        {
            List<Waiting> some = [.. Enumerable.Range(0, (int)Math.Min(AtOnce, to - from)).Select(one => Make(from + one, workflow, runAt, now, ids, database))];
            await database.WriteAsync(session => WriteAsync(session, some, profiles, database), CancellationToken.None);
        }
        Console.WriteLine("filled");
    }

    private static async Task WriteAsync(Session session, List<Waiting> some, ProfileDatabase database, Database store)
    {
        var contacts = some.SelectMany(one => Contacts.Of(one.Profile, database).Values.Select(contact =>
            new ContactRow(store.ShardOfContact(contact.Key.Kind, contact.Key.Value), contact.Key, contact.Unique ? "" : one.Profile.Id, one.Profile.Id, contact.Place)));
        await ProfileStore.WriteAsync(session, new ProfileChanges(some.ConvertAll(one => one.Profile), [], [], [.. contacts], []), CancellationToken.None);
        await LaunchStore.InsertAsync(session, some.ConvertAll(one => one.Launch), CancellationToken.None);
        await RunStore.InsertAsync(session, some.ConvertAll(one => one.Run), CancellationToken.None);
        await RunStore.InsertStepsAsync(session, [.. some.SelectMany(one => one.Steps)], CancellationToken.None);
    }

    private static Waiting Make(long number, int workflow, long runAt, long now, Ids ids, Database database)
    {
        var shard = (short)(number % database.Shards);
        var given = (JsonObject)JsonNode.Parse(Samples.StartWorkflow.Body(number))!;
        var data = (JsonObject)given["data"]!;
        var email = (string)data["email"]!;
        data.Remove("subscriptions");
        var profile = new Profile
        {
            Id = ids.New(shard), Shard = shard, DatabaseId = 1, Created = now, Updated = now, Fields = (JsonObject)data.DeepClone(),
            Subscriptions = [new Subscription { ResourceId = 21, Channel = Channels.Email, Contact = email, Status = SubscriptionStatus.Subscribed, Created = now }],
        };
        var launch = new Launch
        {
            Shard = shard, Id = ids.New(shard), Kind = LaunchKind.Workflow, ObjectId = workflow, TokenName = "api", RequestId = Text(number), Created = now, Content = given["content"]!.DeepClone(),
        };
        var run = new Carillon.Workflows.Run
        {
            Shard = shard, Id = ids.New(shard), WorkflowId = workflow, ProfileId = profile.Id, DatabaseId = 1, LaunchId = launch.Id, ContentId = launch.Id, Node = "pause", RunAt = runAt,
            Steps = 2, Hurried = 1, Reason = "waits", Created = now, Updated = now, Memory = new RunMemory { Kept = new JsonObject { ["type"] = "wait", ["since"] = now } },
        };
        StepRecord[] steps =
        [
            new(shard, run.Id, 1, "start", "start", now, "12345678", "next", "a call with the token api", ""),
            new(shard, run.Id, 2, "pause", "wait", now, "12345678", "", "waits until 2026-12-21T00:00:00.000Z", ""),
        ];
        return new Waiting(profile, launch, run, steps);
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private sealed record Waiting(Profile Profile, Launch Launch, Carillon.Workflows.Run Run, IReadOnlyList<StepRecord> Steps);
}
