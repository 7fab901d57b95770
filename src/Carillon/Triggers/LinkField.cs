using System.Text.Json.Nodes;
using Carillon.Profiles;

namespace Carillon.Triggers;

/// <summary>What a link's call says about a field of the profile; the numbers are those of the API.</summary>
public enum LinkOption
{
    /// <summary>Used in the message when the profile has nothing there.</summary>
    IfEmpty = 0,
    /// <summary>Used in the message, and not stored.</summary>
    Use = 1,
    /// <summary>Used in the message, and stored.</summary>
    Store = 2,
}

/// <summary>A field's checked value for one message.</summary>
public sealed record LinkField(string Name, JsonNode? Value, LinkOption Option)
{
    /// <summary>The fields that the message shows instead of the profile's; null when there are none.</summary>
    public static JsonObject? Of(IReadOnlyList<LinkField> given, Profile profile)
    {
        var shown = new JsonObject();
        foreach (var field in given)
        {
            if (field.Option == LinkOption.Use || field.Option == LinkOption.IfEmpty && IsEmpty(profile.Fields[field.Name])) shown[field.Name] = field.Value?.DeepClone();
        }
        return shown.Count == 0 ? null : shown;
    }

    private static bool IsEmpty(JsonNode? value) => value switch
    {
        null => true,
        JsonArray items => items.Count == 0,
        JsonObject members => members.Count == 0,
        _ => value.ToString().Length == 0,
    };
}
