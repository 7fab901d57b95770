namespace Carillon.Storage;

/// <summary>
/// How a database looks into the JSON of a document: the words are its own, so they stand here and nowhere else. All values come as
/// parameters; the arguments of these methods are pieces of SQL.
/// </summary>
public abstract class JsonDialect
{
    /// <summary>The document of the row <c>p</c> of profiles, ready to be looked into.</summary>
    public abstract string Document { get; }
    /// <summary>Makes <see cref="Document"/> where that takes a step: follows <c>FROM profiles p</c>.</summary>
    public abstract string Prepare { get; }
    /// <summary>True for rows whose document this database cannot look into; they are always candidates.</summary>
    public abstract string Unreadable { get; }

    public abstract string TextType { get; }
    /// <summary>The types of numbers, as a list in parentheses.</summary>
    public abstract string NumberTypes { get; }

    /// <summary>The value of the parameter that names a member.</summary>
    public abstract string Key(string member);
    public abstract JsonSlot Member(string node, string key);
    public abstract JsonSlot Element(string alias);
    public abstract JsonSlot TextColumn(string column);
    public abstract JsonSlot NumberColumn(string column);
    /// <summary>The same slot, with a value where the document has none.</summary>
    /// <param name="json"><c>0</c> or <c>[]</c>.</param>
    public abstract JsonSlot WithDefault(JsonSlot slot, string json);

    /// <summary>A relation of the elements, to select from; empty where the slot holds no array.</summary>
    public abstract string Elements(JsonSlot slot, string alias);
    public abstract string Text(JsonSlot slot);
    public abstract string DateText(JsonSlot slot);
    public abstract string LooksLikeDate(JsonSlot slot);
    public abstract string CompareNumber(JsonSlot slot, string order, string parameter);
    /// <summary>Whether a number compares here as it does in memory.</summary>
    public abstract bool Compares(long whole, double real, bool isWhole);
    /// <param name="parameter">A JSON array of numbers.</param>
    public abstract string NumberIn(JsonSlot slot, string parameter);
    /// <param name="parameter">A JSON array of texts.</param>
    public abstract string TextsOf(string parameter);
    public abstract string Truth(JsonSlot slot, bool truth);
    public abstract string HasCount(JsonSlot slot, string parameter);
    /// <summary>Null where the database has no such regular expressions.</summary>
    public abstract string? MatchesPattern(JsonSlot slot, string pattern, string options);
    public abstract string StartsWith(JsonSlot slot, string parameter);

    public string IsText(JsonSlot slot) => $"{slot.Type} = '{TextType}'";
    public string IsNumber(JsonSlot slot) => $"{slot.Type} IN {NumberTypes}";
    public string IsBool(JsonSlot slot) => $"({Truth(slot, true)} OR {Truth(slot, false)})";
}

/// <summary>A place in a document, as SQL: its type (NULL where nothing stands), its value, and the JSON below it.</summary>
public readonly record struct JsonSlot(string Type, string Value, string Node);
