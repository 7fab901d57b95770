using System.Text.Json.Nodes;

namespace Carillon.Templates;

/// <summary>Reads what has a value, with its filters.</summary>
internal sealed class OperandParser(Cursor cursor, LoopNames loops)
{
    readonly FilterParser _filters = new(cursor);

    public Operand? Operand()
    {
        if (Primary() is not { } operand)
            return null;
        var filters = new List<Filter>();
        for (cursor.SkipSpace(); cursor.TryTake("|"); cursor.SkipSpace())
        {
            if (_filters.Filter(Primary) is not { } filter)
                return null;
            filters.Add(filter);
        }
        return filters.Count == 0 ? operand : new Filtered(operand, [.. filters]);
    }

    Operand? Primary()
    {
        cursor.SkipSpace();
        if (cursor.Current == '"')
            return cursor.TakeString() is { } text ? new Constant(Value.Of(text)) : null;
        if (cursor.Current == '-' || char.IsAsciiDigit(cursor.Current))
            return Number();
        var start = cursor.At;
        var word = cursor.TakeName();
        return word switch
        {
            "" => cursor.FailAt<Operand>(start, "expected a value: a path, a \"text\" or a number"),
            "true" or "false" => new Constant(Value.Of(JsonValue.Create(word == "true"))),
            "jsonpath" => JsonPathCall(),
            "subscription_field" => SubscriptionField(),
            _ => Path(word, start),
        };
    }

    Constant? Number() => cursor.TakeNumber() is { } number
        ? new Constant(Value.Of(JsonValue.Create(number)))
        : cursor.Fail<Constant>("this is not a number, or it is too large");

    Operand? Path(string root, int start)
    {
        if (root.Length == 0)
            return cursor.FailAt<Operand>(start, "expected a path");
        var slot = loops.Find(root);
        if (slot < 0 && !Roots.IsRoot(root))
            return cursor.FailAt<Operand>(start, $"{Quoted(root)} is unknown: paths start with {Roots.Known}");
        var names = new List<PathName>();
        while (cursor.TryTake("."))
        {
            var name = cursor.TakeName();
            if (name.Length == 0)
                return cursor.Fail<Operand>("expected a name after the dot");
            names.Add(PathName.Of(name));
        }
        return slot < 0 ? Roots.Path(root, [.. names]) : new LoopPath(slot, [.. names]);
    }

    /// <summary>jsonpath(apicontent.x "$.a[0]" "item")</summary>
    JsonPathCall? JsonPathCall()
    {
        if (!cursor.TryTake("("))
            return cursor.Fail<JsonPathCall>("expected ( directly after jsonpath");
        cursor.SkipSpace();
        var start = cursor.At;
        if (Path(cursor.TakeName(), start) is not { } root)
            return null;
        cursor.SkipSpace();
        var pathStart = cursor.At;
        if (Argument("the path in quotes") is not { } pathText)
            return null;
        if (JsonPath(pathText, pathStart) is not { } path)
            return null;
        cursor.SkipSpace();
        var modeStart = cursor.At;
        if (Argument("\"item\" or \"array\"") is not { } mode)
            return null;
        if (mode is not ("item" or "array"))
            return cursor.FailAt<JsonPathCall>(modeStart, "expected \"item\" or \"array\"");
        return Closed(new JsonPathCall(root, path, wantsList: mode == "array"));
    }

    JsonPath? JsonPath(string text, int start) =>
        JsonPathParser.Parse(text, out var fault) ?? cursor.FailAt<JsonPath>(start, fault);

    /// <summary>subscription_field("sms" "phone" 21)</summary>
    SubscriptionField? SubscriptionField()
    {
        if (!cursor.TryTake("("))
            return cursor.Fail<SubscriptionField>("expected ( directly after subscription_field");
        if (Argument("the channel in quotes") is not { } channel || Argument("the field in quotes") is not { } field)
            return null;
        cursor.SkipSpace();
        var resource = cursor.Current switch
        {
            ')' => null,
            '"' => cursor.TakeString(),
            _ => cursor.TakeNumber()?.ToString() ?? cursor.Fail<string>("expected a resource id or )"),
        };
        return Closed(new SubscriptionField(Subscriptions.Channel(channel), field, resource));
    }

    /// <summary>Arguments are separated by spaces; a comma is the mistake to expect.</summary>
    string? Argument(string what)
    {
        cursor.SkipSpace();
        return cursor.Current == '"' ? cursor.TakeString() : cursor.Fail<string>($"expected {what}; spaces, not commas, separate arguments");
    }

    T? Closed<T>(T call) where T : class
    {
        cursor.SkipSpace();
        return cursor.Fault is null && cursor.TryTake(")") ? call : cursor.Fail<T>("expected )");
    }

    /// <summary>A word from the text for an error message, which must not carry a megabyte of it.</summary>
    public static string Quoted(string word) => word.Length <= 40 ? $"\"{word}\"" : $"\"{word[..40]}...\"";
}
