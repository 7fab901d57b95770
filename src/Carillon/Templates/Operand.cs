using System.Globalization;
using System.Text.Json.Nodes;

namespace Carillon.Templates;

/// <summary>What has a value: a path, a literal, a call, any of them through filters. Reading always spends a step.</summary>
internal abstract class Operand
{
    public abstract Value Read(Renderer renderer);
}

internal sealed class Constant(Value value) : Operand
{
    public override Value Read(Renderer renderer) => renderer.Pay(value);
}

internal sealed class Filtered(Operand operand, Filter[] filters) : Operand
{
    public bool IsRaw => filters.Any(filter => filter is RawFilter);

    public override Value Read(Renderer renderer)
    {
        var value = operand.Read(renderer);
        foreach (var filter in filters)
        {
            if (renderer.Stopped)
                return default;
            value = renderer.Pay(filter.Apply(value, renderer));
        }
        return value;
    }
}

/// <summary>One name of a dotted path; a name of digits is also an index into a list.</summary>
internal readonly record struct PathName(string Name, int Index)
{
    public static PathName Of(string name) =>
        new(name, int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : -1);

    public JsonNode? In(JsonNode? node) => node switch
    {
        JsonObject fields => fields.TryGetPropertyValue(Name, out var value) ? value : null,
        JsonArray items => Index >= 0 && Index < items.Count ? items[Index] : null,
        _ => null,
    };

    public static JsonNode? Follow(JsonNode? node, ReadOnlySpan<PathName> names)
    {
        foreach (var name in names)
        {
            if (node is null)
                return null;
            node = name.In(node);
        }
        return node;
    }
}

internal sealed class LoopPath(int slot, PathName[] names) : Operand
{
    public override Value Read(Renderer renderer)
    {
        var value = renderer.LoopValue(slot);
        return names.Length == 0 ? renderer.Pay(value) : renderer.Read(PathName.Follow(value.Node, names));
    }
}

internal sealed class ContentPath(bool fetched, PathName[] names) : Operand
{
    public override Value Read(Renderer renderer) =>
        renderer.Read(PathName.Follow(fetched ? renderer.Scope.Json : renderer.Scope.ApiContent, names));
}

internal sealed class LeadPath(PathName[] names) : Operand
{
    public override Value Read(Renderer renderer)
    {
        var lead = renderer.Scope.Lead;
        if (names is [{ Name: "_id" }] && !lead.ContainsKey("_id"))
            return renderer.Read(lead["id"]);
        return renderer.Read(PathName.Follow(lead, names));
    }
}

internal sealed class SubscriptionPath(PathName[] names) : Operand
{
    public override Value Read(Renderer renderer) => names is [var only]
        ? renderer.Pay(Subscriptions.Field(only.Name, renderer))
        : renderer.Read(PathName.Follow(renderer.Scope.Subscription, names));
}

/// <summary>The field of the profile's best subscription of a channel, whether or not this message goes to it.</summary>
internal sealed class SubscriptionField(string channel, string field, string? resource) : Operand
{
    public override Value Read(Renderer renderer) =>
        renderer.Pay(Subscriptions.BestField(channel, field, resource, renderer));
}

internal sealed class JsonPathCall(Operand root, JsonPath path, bool wantsList) : Operand
{
    public override Value Read(Renderer renderer)
    {
        var found = path.Select(root.Read(renderer).Node, renderer);
        if (wantsList)
            return renderer.Pay(Value.Of(found));
        return found.Count == 0 ? default : renderer.Read(found[0]);
    }
}
