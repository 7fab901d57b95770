using System.Text.Json.Nodes;

namespace Carillon.Templates;

/// <summary>A piece of a template between two places in its text. All are immutable.</summary>
internal abstract class Piece
{
    public abstract void Render(Renderer renderer);
}

/// <summary>Pieces one after the other: a whole template, or what stands between an opening tag and its closing one.</summary>
internal sealed class Block(Piece[] pieces)
{
    public void Render(Renderer renderer)
    {
        foreach (var piece in pieces)
        {
            if (renderer.Stopped)
                return;
            piece.Render(renderer);
        }
    }
}

internal sealed class Literal(string text) : Piece
{
    public override void Render(Renderer renderer) => renderer.Write(text);
}

internal sealed class Output(Operand operand, bool escaped, int line) : Piece
{
    public override void Render(Renderer renderer)
    {
        renderer.Line = line;
        var text = operand.Read(renderer).ToText();
        if (escaped)
            renderer.WriteEscaped(text);
        else
            renderer.Write(text);
    }
}

/// <summary>The first branch whose condition holds; an else is a branch without condition.</summary>
internal sealed class Choice(Branch[] branches) : Piece
{
    public override void Render(Renderer renderer)
    {
        foreach (var branch in branches)
        {
            renderer.Line = branch.Line;
            if (branch.Condition is { } condition && !condition.Holds(renderer))
                continue;
            renderer.Enter();
            branch.Body.Render(renderer);
            renderer.Leave();
            return;
        }
    }
}

internal sealed record Branch(Condition? Condition, Block Body, int Line);

/// <summary>The items of a list, or the values of an object with their keys; a single value counts as a list of one.</summary>
internal sealed class Loop(LoopHead head, Block body, int line) : Piece
{
    public override void Render(Renderer renderer)
    {
        renderer.Line = line;
        var source = head.Source.Read(renderer);
        renderer.Enter();
        if (source.IsList)
            OverItems(source.Items, renderer);
        else if (source.Kind == ValueKind.Object)
            OverFields(source.Fields, renderer);
        else if (!source.IsEmpty)
            OverOne(source, renderer);
        renderer.Leave();
    }

    void OverItems(IList<JsonNode?> items, Renderer renderer)
    {
        for (var i = 0; i < items.Count && !renderer.Stopped; i++)
        {
            if (head.NamesKey)
                renderer.SetLoopValue(head.KeySlot, Value.Of(JsonValue.Create(i)));
            Turn(renderer, renderer.Read(items[i]));
        }
    }

    void OverFields(JsonObject fields, Renderer renderer)
    {
        foreach (var (key, value) in fields)
        {
            if (renderer.Stopped)
                return;
            renderer.SetLoopValue(head.KeySlot, Value.Of(key));
            Turn(renderer, renderer.Read(value));
        }
    }

    void OverOne(Value item, Renderer renderer)
    {
        renderer.SetLoopValue(head.KeySlot, Value.Of(JsonValue.Create(0)));
        Turn(renderer, item);
    }

    void Turn(Renderer renderer, Value item)
    {
        renderer.SetLoopValue(head.ItemSlot, item);
        body.Render(renderer);
    }
}

/// <summary>Where a loop's variables live; the key's slot is kept free also when the loop does not name it.</summary>
internal sealed record LoopHead(Operand Source, int ItemSlot, bool NamesKey)
{
    public int KeySlot => ItemSlot + 1;
}
