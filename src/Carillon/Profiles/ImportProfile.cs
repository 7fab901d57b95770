using System.Text.Json.Nodes;
using Carillon.Repeats;
using Carillon.Storage;
using Carillon.Workspace;

namespace Carillon.Profiles;

/// <summary>An import as a caller asks for it.</summary>
public sealed record ImportRequest
{
    public required ProfileDatabase Database { get; init; }
    /// <summary>Null: nobody is looked for, and a new profile is made.</summary>
    public required MatchKeys? Keys { get; init; }
    /// <summary>The profile's fields and its <c>subscriptions</c>.</summary>
    public required JsonObject Data { get; init; }
    /// <summary>False for the update calls, which never create.</summary>
    public bool MayCreate { get; init; } = true;
    /// <summary>Leaves out what is wrong with a subscription instead of refusing the whole import.</summary>
    public bool SkipInvalidSubscriptions { get; init; }
    public bool DetectGeo { get; init; }
    /// <summary>Starts no workflow by what it changes.</summary>
    public bool SkipTriggers { get; init; }
}

/// <summary>An import that passed every check that needs no stored row: ready to be merged.</summary>
public sealed record ImportProfile
{
    public required ProfileDatabase Database { get; init; }
    /// <summary>Null: nobody is looked for, and a new profile is made.</summary>
    public required ProfileMatch? Match { get; init; }
    public required bool MayCreate { get; init; }
    /// <summary>Checked values; null clears the field.</summary>
    public required IReadOnlyList<KeyValuePair<string, JsonNode?>> Fields { get; init; }
    /// <summary>Changes that depend on what the fields hold.</summary>
    public IReadOnlyList<FieldFunction> Functions { get; init; } = [];
    public required IReadOnlyList<SubscriptionInput> Subscriptions { get; init; }
    /// <summary>Starts no workflow by what it changes.</summary>
    public bool SkipTriggers { get; init; }
    /// <summary>How many fields were left out, because the database has none of that name.</summary>
    public required int UnknownFields { get; init; }
    /// <summary>Remarks for the person who asks what happened: fields that were left out, say.</summary>
    public required IReadOnlyList<string> Trace { get; init; }
    /// <summary>One of many, and wrong already: it is told in its turn, and nothing is done.</summary>
    public Refusal? Refused { get; init; }
    /// <summary>Where the import is the whole call: what its answer is kept under, for a repeat.</summary>
    public Once? Once { get; init; }

    /// <summary>In the place of an item that is wrong.</summary>
    public static ImportProfile Wrong(ProfileDatabase database, Refusal refusal) => new()
    {
        Database = database, Match = null, MayCreate = false, Fields = [], Subscriptions = [], UnknownFields = 0, Trace = [], Refused = refusal,
    };

    /// <summary>The unique values that the import sets: another profile may own one.</summary>
    public IEnumerable<ContactKey> UniqueKeys()
    {
        foreach (var (name, value) in Fields)
        {
            if (value is not JsonValue scalar) continue;
            if (name == "email") yield return new ContactKey(Database.Id, Contacts.Email, Contacts.MatchText(scalar));
            else if (Database.Fields.TryGetValue(name, out var field) && field.Unique)
                yield return new ContactKey(Database.Id, Contacts.OfField(name), Contacts.MatchText(scalar));
        }
    }

    /// <summary>Merges into the profile that matches, or into a new one. Given fields overwrite, absent ones stay.</summary>
    /// <param name="objection">May refuse the merged profile; then nothing of the import stays.</param>
    public (Profile? Profile, bool Created, Refusal? Refusal) Decide(ProfileBatch batch, Ids ids, int shards, long now, Func<Profile, Refusal?>? objection = null)
    {
        var (found, refusal) = Match is null ? (null, null) : batch.Find(Match);
        if (refusal is not null) return (null, false, refusal);
        // A search that was narrowed to a resource may miss the one profile that owns the e-mail; it is meant all the same.
        if (found is null && Match is { Narrowed: true, Mode: MatchMode.Email }) found = batch.Owner(Match.Keys[0]);
        if (found is null && (!MayCreate || Match is { Mode: MatchMode.ProfileId }))
            return (null, false, Refusal.NotFound($"No profile of database {Database.Id} matches {Match?.Shown}"));

        var profile = found?.Copy(now) ?? New(ids, shards, now);
        if (Merge(profile) is { } impossible) return (null, false, impossible);
        if (profile.Subscriptions.Count > CheckImport.MaxSubscriptions)
            return (null, false, Refusal.Invalid($"A profile has at most {CheckImport.MaxSubscriptions} subscriptions"));
        refusal = objection?.Invoke(profile) ?? (found is null ? RefuseLost(profile) : null) ?? batch.Keep(profile, Database);
        if (refusal is not null) return (null, false, refusal);
        if (found is not null) profile.Difference = ProfileDifference.Of(found, profile, Fields.Select(field => field.Key).Concat(Functions.Select(function => function.Field.Name)));
        return (profile, found is null, null);
    }

    private Profile New(Ids ids, int shards, long now)
    {
        var shard = (short)(shards == 1 ? 0 : Random.Shared.Next(shards));
        var profile = new Profile
        {
            Id = ids.New(shard), Shard = shard, DatabaseId = Database.Id, Created = now, Updated = now, Fields = [], Subscriptions = [],
        };
        SetKey(profile.Fields);
        return profile;
    }

    /// <summary>A new profile gets the value that it was looked for by, so that the next call finds it.</summary>
    private void SetKey(JsonObject fields)
    {
        if (Match is null) return;
        foreach (var key in Match.Keys)
        {
            if (Match.Mode is MatchMode.Email or MatchMode.EmailProfile or MatchMode.EmailPhone && key.Kind == Contacts.Email) fields["email"] = key.Value;
            else if (Match.Mode is MatchMode.Phone or MatchMode.EmailPhone && key.Kind == Contacts.Phone) fields["phones"] = new JsonArray(key.Value);
        }
        if (Match.Mode != MatchMode.Custom) return;
        var field = Database.Fields[Match.Keys[0].Kind["field:".Length..]];
        fields[field.Name] = field.Type == FieldType.Tags
            ? new JsonArray([.. Match.Keys.Select(key => (JsonNode)key.Value)])
            : FieldValues.Convert(field.Type, Match.Keys[0].Value);
    }

    /// <summary>A search in subscriptions alone finds a new profile again only if it was given that subscription; without this,
    /// each repetition of the call would make one more profile.</summary>
    private Refusal? RefuseLost(Profile profile)
    {
        // An e-mail that was only narrowed to a resource finds its owner.
        if (Match is null || Match.Mode == MatchMode.Email || Match.Places is not [ContactPlace.Subscription]) return null;
        var contacts = Contacts.Of(profile, Database);
        bool Has(ContactKey key) => contacts.TryGetValue(key, out var contact) && contact.Place.HasFlag(ContactPlace.Subscription);
        if ((Match.All ? Match.Keys.All(Has) : Match.Keys.Any(Has)) && (!Match.Narrowed || Match.IsSubscribed(profile))) return null;
        return Refusal.Invalid($"No profile of database {Database.Id} matches {Match.Shown}, and a new one would not either: 'data.subscriptions' must hold what is matched by");
    }

    private Refusal? Merge(Profile profile)
    {
        foreach (var (name, value) in Fields)
        {
            if (value is null) profile.Fields.Remove(name);
            else profile.Fields[name] = value.DeepClone();
        }
        foreach (var function in Functions)
        {
            var (value, refusal) = function.Apply(profile.Fields[function.Field.Name]);
            if (refusal is not null) return refusal;
            if (value is null) profile.Fields.Remove(function.Field.Name);
            else profile.Fields[function.Field.Name] = value;
        }
        foreach (var given in Subscriptions) Merge(profile.Subscriptions, given);
        return null;
    }

    private static void Merge(List<Subscription> subscriptions, SubscriptionInput given)
    {
        var at = subscriptions.FindIndex(given.Subscription.SameAs);
        if (at < 0)
        {
            subscriptions.Add(given.Subscription with
            {
                Status = given.Status ?? SubscriptionStatus.Subscribed, Priority = given.Priority ?? 0,
                CustomFields = MergeFields([], given.Subscription.CustomFields),
            });
            return;
        }
        var known = subscriptions[at];
        subscriptions[at] = known with
        {
            Status = given.Status ?? known.Status,
            Priority = given.Priority ?? known.Priority,
            CustomFields = MergeFields(known.CustomFields, given.Subscription.CustomFields),
            Categories = given.Subscription.Categories ?? known.Categories,
            ChannelData = given.Subscription.ChannelData ?? known.ChannelData,
        };
    }

    private static JsonObject? MergeFields(JsonObject? known, JsonObject? given)
    {
        if (given is null) return known is { Count: 0 } ? null : known;
        var merged = (JsonObject?)known?.DeepClone() ?? [];
        foreach (var (name, value) in given)
        {
            if (value is null) merged.Remove(name);
            else merged[name] = value.DeepClone();
        }
        return merged;
    }
}
