using System.Text.Json.Nodes;
using Carillon.Profiles;
using Carillon.Workspace;

namespace Carillon.Tests.Query;

/// <summary>Random profiles and filters over a few names and values, so that they often meet. The seed makes them again.</summary>
/// <param name="tame">Leaves out what mingo and MongoDB see differently; see MingoTests.</param>
internal sealed class Dice(int seed, bool tame)
{
    private static readonly string[] Names = ["a", "b", "c", "n", "s", "d", "tags", "list"];
    private static readonly string[] Texts = ["", "a", "b", "ab", "abc", "B", "é", "日本", "2026-01-01", "2026-01-01T00:00:00.000Z", "1", "a b"];
    private static readonly string[] Dates = ["2025-12-31", "2026-01-01", "2026-01-01T00:00:00.000Z", "2026-01-01T10:30:00.000Z", "2026-06-01T00:00:00.123Z"];
    private static readonly string[] Patterns = ["^a", "b$", "a.c", "^[a-c]+$", "é|日", "^ab", "^ab?c", "", "^$", "A", "a b"];
    private static readonly string[] Types = ["number", "int", "long", "double", "string", "object", "array", "bool", "null", "date"];

    public static readonly ProfileDatabase Database = new()
    {
        Id = 1, Name = "Customers",
        Fields = new[]
        {
            new Field("n", FieldType.Int), new Field("s", FieldType.String), new Field("d", FieldType.Date), new Field("tags", FieldType.Tags),
            new Field("key", FieldType.String, Unique: true), new Field("group", FieldType.Int, Indexed: true), new Field("day", FieldType.Date, Indexed: true),
        }.ToDictionary(field => field.Name),
    };

    private readonly Random _random = new(seed);

    public Profile Profile(string id, short shard, int databaseId)
    {
        var fields = new JsonObject();
        foreach (var name in new[] { "a", "b", "c", "0", "x y", "q\"q" }.Where(_ => Chance(60))) fields[name] = Value(3);
        if (Chance(60)) fields["list"] = new JsonArray([.. Several(0, 3, () => (JsonNode?)(tame ? Flat(2) : Object(2)))]);
        if (Chance(60)) fields["n"] = Whole();
        if (Chance(60)) fields["s"] = Pick(Texts);
        if (Chance(70)) fields["d"] = Pick(Dates);
        if (Chance(50)) fields["tags"] = new JsonArray([.. Several(0, 3, () => (JsonNode?)Pick(Texts))]);
        if (Chance(40)) fields["email"] = Pick(["ann@example.com", "bob@example.com"]);
        if (Chance(40)) fields["phones"] = new JsonArray([.. Several(0, 2, () => (JsonNode?)Pick(["+79000000001", "+79000000002"]))]);
        if (Chance(30)) fields["_status"] = _random.Next(3);
        return new Profile
        {
            Id = id, Shard = shard, DatabaseId = databaseId, Fields = fields, Created = 1767225600000 + _random.Next(3) * 1000, Updated = 1767225600000,
            Subscriptions = Several(0, 3, Subscription),
        };
    }

    /// <summary>A filter, and the same one as mingo understands it.</summary>
    public (JsonObject Ours, JsonObject Theirs) Filter(int depth = 3)
    {
        if (depth > 0 && Chance(25)) return Branches(depth);
        if (Chance(20)) return Together(depth);
        return Condition(Path(), depth);
    }

    private (JsonObject, JsonObject) Branches(int depth)
    {
        var name = Pick(["$and", "$or", "$nor"]);
        var branches = Several(1, 3, () => Filter(depth - 1));
        return (new JsonObject { [name] = Items(branches.Select(branch => branch.Ours)) }, new JsonObject { [name] = Items(branches.Select(branch => branch.Theirs)) });
    }

    /// <summary>Conditions side by side.</summary>
    private (JsonObject, JsonObject) Together(int depth)
    {
        var ours = new JsonObject();
        var parts = new JsonArray();
        foreach (var (condition, theirs) in Several(2, 3, () => Condition(Path(), depth - 1)))
        {
            var (name, value) = condition.First();
            if (ours.ContainsKey(name)) continue;
            ours[name] = value?.DeepClone();
            parts.Add((JsonNode)theirs);
        }
        return (ours, new JsonObject { ["$and"] = parts });
    }

    private (JsonObject Ours, JsonObject Theirs) Condition(string path, int depth)
    {
        switch (_random.Next(17))
        {
            case 0: return Both(path, Operand(path, objects: true));
            case 1: return Both(path, "$eq", Operand(path, objects: true));
            case 2: return Both(path, "$ne", Operand(path));
            case 3 or 4: return Both(path, Pick(["$gt", "$gte", "$lt", "$lte"]), Ordered(path));
            case 5: return Both(path, Pick(["$in", "$nin"]), Items(Several(0, 4, () => Operand(path))));
            case 6: return Both(path, "$exists", Chance(50));
            case 7: return OfType(tame ? Pick(Names) : path, depth);
            case 8: return Regex(path);
            case 9: return All(path);
            case 10: return Both(tame ? Pick(Names) : path, "$size", _random.Next(4));
            case 11: return Both(tame ? "n" : path, "$mod", new JsonArray(_random.Next(1, 4), _random.Next(0, 3)));
            case 12 when depth > 0: return Not(path);
            case 13 or 14 when depth > 0: return Element(tame && Chance(50) ? Pick(["list", "subscriptions"]) : path, depth);
            case 15: return Both(path, new JsonObject { [Pick(["$gt", "$gte"])] = Ordered(path), [Pick(["$lt", "$lte", "$ne"])] = Ordered(path) });
            default: return Both(path, Operand(path));
        }
    }

    private (JsonObject, JsonObject) Not(string path)
    {
        var inner = Chance(50) ? new JsonObject { [Pick(["$gt", "$lte"])] = Ordered(path) } : new JsonObject { ["$in"] = Items(Several(1, 3, () => Operand(path))) };
        return Both(path, "$not", inner);
    }

    private (JsonObject, JsonObject) Element(string path, int depth)
    {
        if (tame ? path is not ("list" or "subscriptions") : Chance(50))
        {
            if (tame) path = Pick(Names);
            var operators = new JsonObject { [Pick(["$gt", "$gte"])] = Scalar(), [Pick(["$lt", "$lte", "$ne"])] = Scalar() };
            return Both(path, "$elemMatch", operators);
        }
        var name = path == "subscriptions" ? Pick(["status", "resource_id", "email", "channel", "priority"]) : Pick(["a", "b", "c"]);
        var (ours, theirs) = Condition(name, depth - 1);
        return (new JsonObject { [path] = new JsonObject { ["$elemMatch"] = ours } }, new JsonObject { [path] = new JsonObject { ["$elemMatch"] = theirs } });
    }

    /// <summary>mingo wants an array for $all; to MongoDB it is another way to write $and.</summary>
    private (JsonObject, JsonObject) All(string path)
    {
        var values = Several(0, 2, () => Operand(path));
        var ours = new JsonObject { [path] = new JsonObject { ["$all"] = Items(values) } };
        if (values.Count == 0) return (ours, (JsonObject)ours.DeepClone());
        return (ours, new JsonObject { ["$and"] = Items(values.Select(value => new JsonObject { [path] = value?.DeepClone() })) });
    }

    /// <summary>mingo does not look into arrays for a type; MongoDB does.</summary>
    private (JsonObject, JsonObject) OfType(string path, int depth)
    {
        // Inside $elemMatch there is no way to tell it.
        if (tame && depth < 3) return Both(path, "$exists", true);
        var type = Pick(tame ? ["number", "int", "string", "object", "array", "bool", "null", "date"] : Types);
        var ours = new JsonObject { [path] = new JsonObject { ["$type"] = type } };
        var inside = new JsonObject { [path] = new JsonObject { ["$elemMatch"] = new JsonObject { ["$type"] = type } } };
        return (ours, new JsonObject { ["$or"] = new JsonArray(ours.DeepClone(), inside) });
    }

    private (JsonObject, JsonObject) Regex(string path)
    {
        var operators = new JsonObject { ["$regex"] = Pick(Patterns) };
        if (Chance(40)) operators["$options"] = Pick(["i", "m", "s", "im", ""]);
        return Both(path, operators);
    }

    private JsonNode? Operand(string path, bool objects = false)
    {
        if (path == "d" && Chance(80)) return Date();
        if (path == "_id") return $"{_random.Next(60):x24}";
        if (path.StartsWith("subscriptions.", StringComparison.Ordinal) && Chance(80)) return Pick<JsonNode?>(["subscribed", "unsubscribed", "email", "sms", 21, 22, 0, "ann@example.com", "+79000000001"]);
        if (path == "email" && Chance(80)) return Pick(["ann@example.com", "bob@example.com"]);
        if (Chance(10) && (!tame || !path.Contains('.'))) return null;
        var operand = Chance(12) ? Value(objects ? 2 : 1) : null;
        return operand is null or JsonArray && tame && path.Contains('.') ? Scalar() : operand;
    }

    private JsonNode? Ordered(string path)
    {
        if (path == "d" && Chance(80)) return Date();
        if (Chance(5) && !tame) return null;
        return Chance(50) ? Number() : Chance(80) ? Pick(Texts) : Chance(50);
    }

    private JsonObject Date() => new() { ["$date"] = Pick(Dates) };

    private string Path()
    {
        if (Chance(12)) return Pick(["subscriptions", "subscriptions.status", "subscriptions.resource_id", "subscriptions.email", "subscriptions.custom_fields.a", "_status", "_id", "email", "phones"]);
        if (Chance(60)) return Pick(Names);
        var parts = Several(2, 3, () => Pick(tame ? ["a", "b", "c", "list"] : ["a", "b", "c", "list", "0", "1", "x y"]));
        return string.Join('.', parts);
    }

    private JsonNode? Value(int depth)
    {
        if (depth <= 0 || Chance(55)) return Chance(8) ? null : Scalar();
        if (Chance(50)) return Object(depth);
        return new JsonArray([.. Several(0, 3, () => tame ? Item(depth) : Value(depth - 1))]);
    }

    /// <summary>No array inside an array, at any depth.</summary>
    private JsonNode? Item(int depth) => Chance(50) ? Flat(depth - 1) : Chance(10) ? null : Scalar();

    private JsonObject Flat(int depth)
    {
        var members = new JsonObject();
        foreach (var name in new[] { "a", "b", "c" }.Where(_ => Chance(35))) members[name] = depth > 0 && Chance(30) ? Flat(depth - 1) : Scalar();
        return members;
    }

    private JsonObject Object(int depth)
    {
        var members = new JsonObject();
        foreach (var name in new[] { "a", "b", "c", "0", "1" }.Where(_ => Chance(35))) members[name] = Value(depth - 1);
        return members;
    }

    private JsonNode Scalar() => _random.Next(4) switch { 0 => Number(), 1 => Chance(50), _ => Pick(Texts) };

    private JsonNode Number() => _random.Next(6) switch
    {
        0 => 2.5, 1 => 0.1, 2 => JsonNode.Parse("2.0")!, 3 when !tame => Pick<JsonNode>([9007199254740993, 1e300, -9007199254740993, long.MaxValue, 0.30000000000000004, 3000000000]), _ => Whole(),
    };

    private JsonNode Whole() => _random.Next(-1, 4);

    private Subscription Subscription() => Chance(60)
        ? new Subscription { ResourceId = Chance(50) ? 21 : 22, Channel = Channels.Email, Contact = Pick(["ann@example.com", "bob@example.com"]), Status = (SubscriptionStatus)_random.Next(2), Priority = _random.Next(2), Created = 1767225600000 }
        : new Subscription { ResourceId = 21, Channel = Channels.Sms, Contact = "+79000000001", Created = 1767225600000, CustomFields = new JsonObject { ["a"] = Scalar() } };

    private static (JsonObject, JsonObject) Both(string path, string name, JsonNode? value) => Both(path, new JsonObject { [name] = value });

    private static (JsonObject, JsonObject) Both(string path, JsonNode? value)
    {
        var filter = new JsonObject { [path] = value };
        return (filter, (JsonObject)filter.DeepClone());
    }

    private static JsonArray Items(IEnumerable<JsonNode?> items) => new([.. items]);

    private List<T> Several<T>(int least, int most, Func<T> make) => [.. Enumerable.Range(0, _random.Next(least, most + 1)).Select(_ => make())];

    private T Pick<T>(IReadOnlyList<T> from) => from[_random.Next(from.Count)];

    private JsonNode? Pick(IReadOnlyList<JsonNode?> from) => from[_random.Next(from.Count)]?.DeepClone();

    private bool Chance(int percent) => _random.Next(100) < percent;
}
