using System.Globalization;
using System.Text;

namespace Carillon.Templates;

/// <summary>A value in, a value out. A missing value stays missing, except through <c>default</c> and <c>json</c>.</summary>
internal abstract class Filter
{
    public abstract Value Apply(Value value, Renderer renderer);
}

internal sealed class DefaultFilter(Operand fallback) : Filter
{
    public override Value Apply(Value value, Renderer renderer) => value.IsEmpty ? fallback.Read(renderer) : value;
}

internal sealed class DateFilter(string pattern) : Filter
{
    public override Value Apply(Value value, Renderer renderer) =>
        value.Kind == ValueKind.Text && Dates.Read(value.ToText(), renderer.Scope.Zone) is { } date
            ? Value.Of(date.ToString(pattern, CultureInfo.InvariantCulture))
            : value;
}

internal sealed class NumberFilter(string pattern) : Filter
{
    public override Value Apply(Value value, Renderer renderer) =>
        value.TryDecimal(out var number) ? Value.Of(number.ToString(pattern, CultureInfo.InvariantCulture)) : value;
}

internal sealed class TextFilter(Func<string, string> change) : Filter
{
    public override Value Apply(Value value, Renderer renderer) =>
        value.Kind == ValueKind.Missing ? value : Value.Of(change(value.ToText()));

    /// <summary>Only the first letter changes: "anna-maria O'Neil" keeps its other capitals.</summary>
    public static string Capitalize(string text)
    {
        if (Rune.DecodeFromUtf16(text, out var first, out var length) != System.Buffers.OperationStatus.Done)
            return text;
        return Rune.ToUpperInvariant(first) + text[length..];
    }
}

internal sealed class JsonFilter : Filter
{
    public override Value Apply(Value value, Renderer renderer) => Value.Of(value.ToJson());
}

/// <summary>Changes nothing here: the tag that ends in it is written without escaping, which the parser decides.</summary>
internal sealed class RawFilter : Filter
{
    public override Value Apply(Value value, Renderer renderer) => value;
}
