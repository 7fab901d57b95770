using System.Text.Json.Nodes;

namespace Carillon.Templates;

/// <summary>A bounded subset of RFC 9535: every node it looks at is a step of the rendering's budget.</summary>
internal sealed class JsonPath(JsonPathStep[] steps)
{
    public List<JsonNode?> Select(JsonNode? root, Renderer renderer)
    {
        List<JsonNode?> found = root is null ? [] : [root];
        foreach (var step in steps)
        {
            var next = new List<JsonNode?>();
            foreach (var node in found)
            {
                foreach (var start in step.Descends ? WithDescendants(node, renderer) : [node])
                    step.Selector.Select(start, next, renderer);
                if (renderer.Stopped)
                    return [];
            }
            found = next;
        }
        return found;
    }

    // With a stack of its own: data may be nested deeper than the thread's stack is.
    static IEnumerable<JsonNode?> WithDescendants(JsonNode? root, Renderer renderer)
    {
        var waiting = new Stack<JsonNode?>([root]);
        while (waiting.TryPop(out var node) && !renderer.Stopped)
        {
            renderer.Spend(1);
            yield return node;
            if (node is JsonArray items)
                PushReversed(waiting, items);
            else if (node is JsonObject fields)
                PushReversed(waiting, fields.Select(field => field.Value));
        }
    }

    static void PushReversed(Stack<JsonNode?> waiting, IEnumerable<JsonNode?> nodes)
    {
        foreach (var node in nodes.Reverse())
            waiting.Push(node);
    }
}

/// <summary>One selector; with two dots before it, it is applied to the node and to everything below.</summary>
internal sealed record JsonPathStep(bool Descends, JsonPathSelector Selector);

internal abstract class JsonPathSelector
{
    public abstract void Select(JsonNode? node, List<JsonNode?> found, Renderer renderer);

    protected static void Add(JsonNode? node, List<JsonNode?> found, Renderer renderer)
    {
        renderer.Spend(1);
        if (!renderer.Stopped)
            found.Add(node);
    }
}

internal sealed class NameSelector(string name) : JsonPathSelector
{
    public override void Select(JsonNode? node, List<JsonNode?> found, Renderer renderer)
    {
        if (node is JsonObject fields && fields.TryGetPropertyValue(name, out var value))
            Add(value, found, renderer);
    }
}

/// <summary>A negative index counts from the end.</summary>
internal sealed class IndexSelector(int index) : JsonPathSelector
{
    public override void Select(JsonNode? node, List<JsonNode?> found, Renderer renderer)
    {
        if (node is not JsonArray items)
            return;
        var at = index < 0 ? items.Count + index : index;
        if (at >= 0 && at < items.Count)
            Add(items[at], found, renderer);
    }
}

/// <summary>From start up to, not including, end; both may be absent or count from the end.</summary>
internal sealed class SliceSelector(int? start, int? end, int step) : JsonPathSelector
{
    public override void Select(JsonNode? node, List<JsonNode?> found, Renderer renderer)
    {
        if (node is not JsonArray items)
            return;
        var last = Place(end ?? items.Count, items.Count);
        for (long at = Place(start ?? 0, items.Count); at < last && !renderer.Stopped; at += step)
            Add(items[(int)at], found, renderer);
    }

    static int Place(int index, int count) => Math.Clamp(index < 0 ? count + index : index, 0, count);
}

/// <summary>Every child; with a test, those children that pass it.</summary>
internal sealed class ChildrenSelector(JsonPathTest? test) : JsonPathSelector
{
    public override void Select(JsonNode? node, List<JsonNode?> found, Renderer renderer)
    {
        if (node is JsonArray items)
            SelectFrom(items, found, renderer);
        else if (node is JsonObject fields)
            SelectFrom(fields.Select(field => field.Value), found, renderer);
    }

    void SelectFrom(IEnumerable<JsonNode?> children, List<JsonNode?> found, Renderer renderer)
    {
        foreach (var child in children)
        {
            if (renderer.Stopped)
                return;
            if (test is null || test.Passes(child, renderer))
                Add(child, found, renderer);
        }
    }
}

/// <summary><c>@.names</c> exists (and is not null), or compares with a literal as in a condition of the template language.</summary>
internal sealed record JsonPathTest(PathName[] Names, Func<Value, Value, bool>? Compare, Value Literal)
{
    public bool Passes(JsonNode? child, Renderer renderer)
    {
        var value = renderer.Read(PathName.Follow(child, Names));
        return Compare is null ? value.Kind != ValueKind.Missing : Compare(value, renderer.Pay(Literal));
    }
}
