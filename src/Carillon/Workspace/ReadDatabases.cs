namespace Carillon.Workspace;

/// <summary>Reads <c>databases</c> and their fields.</summary>
public static class ReadDatabases
{
    /// <summary>Contact and system names that an import reads at the root of a profile; a field of that name could never be set.</summary>
    private static readonly HashSet<string> SystemNames = ["email", "phones", "id", "subscriptions", "db_id"];

    public static ProfileDatabase Database(MapReader map) => new()
    {
        Id = map.Int("id", 1, int.MaxValue),
        Name = map.Text("name"),
        Description = map.LongText("description") ?? "",
        UnknownFields = map.Word<UnknownFields>("unknown_fields", "way to treat unknown fields", UnknownFields.Ignore),
        EmailHashes = map.Bool("email_hashes", false),
        Fields = Fields(map),
    };

    private static Dictionary<string, Field> Fields(MapReader map)
    {
        Dictionary<string, Field> fields = new(StringComparer.Ordinal);
        foreach (var one in map.Maps("fields"))
        {
            var field = Field(one);
            one.Finish();
            if (one.Has("name") && !fields.TryAdd(field.Name, field)) one.Fail("name", $"the field {field.Name} stands already in this database");
        }
        return fields;
    }

    private static Field Field(MapReader map)
    {
        var name = map.Text("name", 64);
        if (name.Length > 0 && FaultOfName(name) is { } fault) map.Fail("name", fault);
        var field = new Field(name, map.Word<FieldType>("type", "field type", null), map.Bool("unique", false), map.Bool("indexed", false));
        if (field.Unique && FaultOfUnique(field.Type) is { } notUnique) map.Fail("unique", notUnique);
        if (field.Indexed && FaultOfIndexed(field.Type) is { } notIndexed) map.Fail("indexed", notIndexed);
        return field;
    }

    private static string? FaultOfName(string name) => name switch
    {
        ['_', ..] => "may not begin with _: those names belong to the system fields",
        _ when SystemNames.Contains(name) => $"{name} is the name of a system field",
        _ when !char.IsLetter(name[0]) || !name.All(letter => char.IsLetterOrDigit(letter) || letter is '_' or '-') =>
            "must begin with a letter and consist of letters, digits, _ and -: other signs have a meaning in templates and filters",
        _ => null,
    };

    private static string? FaultOfUnique(FieldType type) => type == FieldType.Tags
        ? "tags cannot be unique: a tag is there to be shared by many profiles; they can be indexed"
        : FaultOfIndexed(type)?.Replace("indexed", "unique", StringComparison.Ordinal);

    /// <summary>Matching compares texts, so a value must have one way to be written.</summary>
    private static string? FaultOfIndexed(FieldType type) => type switch
    {
        FieldType.String or FieldType.Int or FieldType.Tags => null,
        FieldType.Float => "a float cannot be indexed: fractions are not exact, so two values that look equal may differ; use string or int",
        FieldType.Bool => "a bool cannot be indexed: two values cannot tell profiles apart",
        FieldType.Date => "a date cannot be indexed: one moment can be written in many ways; use string or int",
        _ => $"a field of type {type.ToString().ToLowerInvariant()} cannot be indexed: it has no single value to match on",
    };
}
