using System.Globalization;
using System.Text.Json.Nodes;

namespace Carillon.Templates;

/// <summary>$ .name ..name .* ['name'] [0] [-1] [*] [1:5:2] [?(@.price &lt;= 10)]</summary>
internal sealed class JsonPathParser
{
    const int MaxSteps = 64;

    static readonly (string Sign, Func<Value, Value, bool> Compare)[] s_signs =
    [
        ("==", Comparing.Equal),
        ("!=", (a, b) => !Comparing.Equal(a, b)),
        (">=", (a, b) => Comparing.Order(a, b) >= 0),
        ("<=", (a, b) => Comparing.Order(a, b) <= 0),
        (">", (a, b) => Comparing.Order(a, b) > 0),
        ("<", (a, b) => Comparing.Order(a, b) < 0),
    ];

    readonly Cursor _cursor;

    JsonPathParser(string path) => _cursor = new Cursor(path);

    /// <summary>Null when the path is refused; then the fault is a sentence that names the character.</summary>
    public static JsonPath? Parse(string path, out string fault)
    {
        var parser = new JsonPathParser(path);
        var result = parser.Path();
        fault = parser._cursor.Fault is { } found ? $"{found.Message} (character {found.Offset + 1} of the path)" : "";
        return result;
    }

    JsonPath? Path()
    {
        if (!_cursor.TryTake("$"))
            return _cursor.Fail<JsonPath>("a path starts with $");
        var steps = new List<JsonPathStep>();
        while (!_cursor.AtEnd)
        {
            if (Step() is not { } step)
                return null;
            steps.Add(step);
            if (steps.Count > MaxSteps)
                return _cursor.Fail<JsonPath>($"a path has at most {MaxSteps} steps");
        }
        return new JsonPath([.. steps]);
    }

    JsonPathStep? Step()
    {
        var descends = _cursor.TryTake("..");
        if (_cursor.TryTake("["))
            return Step(descends, Bracket());
        if (!descends && !_cursor.TryTake("."))
            return _cursor.Fail<JsonPathStep>("expected . or [");
        if (_cursor.TryTake("*"))
            return Step(descends, new ChildrenSelector(null));
        var name = _cursor.TakeName();
        return name.Length == 0
            ? _cursor.Fail<JsonPathStep>("expected a name; other characters than letters, digits, _ and - go in ['...']")
            : Step(descends, new NameSelector(name));
    }

    static JsonPathStep? Step(bool descends, JsonPathSelector? selector) =>
        selector is null ? null : new JsonPathStep(descends, selector);

    JsonPathSelector? Bracket()
    {
        _cursor.SkipSpace();
        var selector = InBracket();
        _cursor.SkipSpace();
        return selector is null || _cursor.TryTake("]") ? selector : _cursor.Fail<JsonPathSelector>("expected ]");
    }

    JsonPathSelector? InBracket()
    {
        if (_cursor.TryTake("*"))
            return new ChildrenSelector(null);
        if (_cursor.TryTake("?"))
            return Test() is { } test ? new ChildrenSelector(test) : null;
        if (_cursor.Current is '\'' or '"')
            return _cursor.TakeString() is { } name ? new NameSelector(name) : null;
        return IndexOrSlice();
    }

    JsonPathSelector? IndexOrSlice()
    {
        var start = Index();
        if (!_cursor.TryTake(":"))
            return start is { } index ? new IndexSelector(index) : _cursor.Fail<JsonPathSelector>("expected an index, '...', * or ?");
        var end = Index();
        var step = _cursor.TryTake(":") ? Index() : 1;
        return step is > 0 ? new SliceSelector(start, end, step.Value) : _cursor.Fail<JsonPathSelector>("a slice steps by 1 or more");
    }

    int? Index()
    {
        var start = _cursor.At;
        _cursor.TryTake("-");
        while (char.IsAsciiDigit(_cursor.Current))
            _cursor.At++;
        var digits = _cursor.Source.AsSpan(start, _cursor.At - start);
        if (int.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var index))
            return index;
        // what does not fit is put back, and then fails as a character that has no place here
        _cursor.At = start;
        return null;
    }

    JsonPathTest? Test()
    {
        var parenthesised = _cursor.TryTake("(");
        _cursor.SkipSpace();
        if (!_cursor.TryTake("@"))
            return _cursor.Fail<JsonPathTest>("a test looks like ?(@.price > 10)");
        if (Names() is not { } names)
            return null;
        _cursor.SkipSpace();
        var sign = Array.Find(s_signs, candidate => _cursor.TryTake(candidate.Sign));
        _cursor.SkipSpace();
        var literal = sign.Sign is null ? default : Literal();
        _cursor.SkipSpace();
        if (_cursor.Fault is null && parenthesised && !_cursor.TryTake(")"))
            return _cursor.Fail<JsonPathTest>("expected )");
        return _cursor.Fault is null ? new JsonPathTest(names, sign.Compare, literal) : null;
    }

    PathName[]? Names()
    {
        var names = new List<PathName>();
        while (_cursor.TryTake("."))
        {
            var name = _cursor.TakeName();
            if (name.Length == 0)
                return _cursor.Fail<PathName[]>("expected a name");
            names.Add(PathName.Of(name));
        }
        return [.. names];
    }

    Value Literal()
    {
        if (_cursor.Current is '\'' or '"')
            return _cursor.TakeString() is { } text ? Value.Of(text) : default;
        if (_cursor.TakeNumber() is { } number)
            return Value.Of(JsonValue.Create(number));
        switch (_cursor.TakeName())
        {
            case "true": return Value.Of(JsonValue.Create(true));
            case "false": return Value.Of(JsonValue.Create(false));
            case "null": return default;
            default:
                _cursor.Fail<object>("expected a number, a text in quotes, true, false or null");
                return default;
        }
    }
}
