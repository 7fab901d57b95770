using System.Text.Json.Nodes;
using Carillon.Profiles;
using Carillon.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Carillon.Tests.Harness;

/// <summary>Many profiles of database 1, with <c>_vendor: many</c> and a subscription to resource 21, stored without the calls that usually make them. Number 7 has
/// unsubscribed.</summary>
internal static class Crowd
{
    /// <param name="lastLater">The last one is made so much after the others: its place in their order is at the end.</param>
    public static List<Profile> Of(CarillonApp app, int count, TimeSpan lastLater = default)
    {
        var ids = app.Services.GetRequiredService<Ids>();
        var created = app.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        return [.. Enumerable.Range(0, count).Select(number => Make(ids, (short)(number % app.Database.Shards), number, number == count - 1 ? created + (long)lastLater.TotalMilliseconds : created))];
    }

    public static Task StoreAsync(this CarillonApp app, IReadOnlyList<Profile> profiles) =>
        app.Database.WriteAsync(session => ProfileStore.WriteAsync(session, new ProfileChanges([.. profiles], [], [], [], []), CancellationToken.None), CancellationToken.None);

    private static Profile Make(Ids ids, short shard, int number, long created) => new()
    {
        Id = ids.New(shard), Shard = shard, DatabaseId = 1, Created = created, Updated = created,
        Fields = new JsonObject { ["_vendor"] = "many" },
        Subscriptions = [new Subscription { ResourceId = 21, Channel = "email", Contact = $"many{number}@example.com", Created = created, Status = number == 7 ? SubscriptionStatus.Unsubscribed : SubscriptionStatus.Subscribed }],
    };
}
