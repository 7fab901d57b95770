using System.Globalization;
using System.Text.Json.Nodes;
using Carillon.Query;
using Carillon.Workspace;

namespace Carillon.Profiles;

/// <summary>
/// What filters see of a profile: its fields by name, <c>_id</c> (also <c>id</c>), <c>_status</c> (0 where it was never set), <c>_createtime</c>,
/// <c>_updatetime</c>, and <c>subscriptions</c> in the flat form that templates see too.
/// </summary>
public static class ProfileFields
{
    private static readonly QueryField[] System =
    [
        new("_id") { Source = FieldSource.Id, Column = "p.id", ContactKind = "", ContactTexts = Texts },
        new("id") { Source = FieldSource.Id, Column = "p.id", ContactKind = "", ContactTexts = Texts },
        new("db_id") { Source = FieldSource.NumberColumn, Column = "p.db_id" },
        new("list_id") { Source = FieldSource.NumberColumn, Column = "p.db_id" },
        new("_createtime") { Source = FieldSource.MomentColumn, Column = "p.created", IsDate = true },
        new("_updatetime") { Source = FieldSource.MomentColumn, Column = "p.updated", IsDate = true },
        new("_status") { Default = "0" },
        new("_md5") { Source = FieldSource.Memory }, new("_xxh") { Source = FieldSource.Memory }, new("_emaildomain") { Source = FieldSource.Memory },
        new("email") { Normalise = Email, ContactKind = Contacts.Email, ContactTexts = Texts },
        new("phones") { Normalise = Phone, ContactKind = Contacts.Phone, ContactTexts = Texts },
        new("subscriptions") { Default = "[]" },
        new("subscriptions.email") { Default = "[]", Normalise = Email, ContactKind = Contacts.Email, ContactTexts = Texts },
        new("subscriptions.phone") { Default = "[]", Normalise = Phone, ContactKind = Contacts.Phone, ContactTexts = Texts },
        .. SystemFields.All.Where(field => field.Type == "date").Select(field => new QueryField(field.Name) { IsDate = true }),
    ];

    public static QueryFields Of(ProfileDatabase database) => new([.. System, .. database.Fields.Values.Select(Of)]);

    /// <summary>Looks up what a filter asks for.</summary>
    public static Lookup LookupOf(Profile profile) => (string name, out JsonNode? value) =>
    {
        value = name switch
        {
            "_id" or "id" => profile.Id,
            "db_id" or "list_id" => profile.DatabaseId,
            "_status" => (int)profile.Status,
            "_createtime" or "_updatetime" or "_md5" or "_xxh" or "_emaildomain" => ProfileView.Derived(profile, name),
            "subscriptions" => profile.SubscriptionsJson(),
            _ => null,
        };
        return value is not null || profile.Fields.TryGetPropertyValue(name, out value);
    };

    private static QueryField Of(Field field) => new(field.Name)
    {
        IsDate = field.Type == FieldType.Date,
        ContactKind = field.Matchable && field.Type is not (FieldType.Object or FieldType.Objects) ? Contacts.OfField(field.Name) : null,
        ContactTexts = Texts,
    };

    private static string? Email(string given) => EmailAddress.TryNormalise(given, out var email) ? email : null;

    private static string? Phone(string given) => PhoneNumber.TryNormalise(given, out var phone) ? phone : null;

    /// <summary>The texts that <see cref="Contacts.MatchText"/> makes of a stored value that equals this one.</summary>
    private static IEnumerable<string>? Texts(QueryValue value) => value.Type switch
    {
        // An empty text is not in the lookup; nor is what no matchable field may hold.
        QueryType.Text => value.Text.Length > 0 && Contacts.CanBeFound(value.Text) ? [value.Text] : null,
        QueryType.Date => value.Text.EndsWith(DateText.Midnight, StringComparison.Ordinal) ? [value.Text, value.Text[..^DateText.Midnight.Length]] : [value.Text],
        QueryType.Bool => [value.Truth ? "true" : "false"],
        QueryType.Number when value.Number.IsWhole && value.Number.Whole == 0 => ["0", "-0"],
        QueryType.Number when value.Number.IsWhole => [value.Number.Whole.ToString(CultureInfo.InvariantCulture), JsonValue.Create(value.Number.Real).ToJsonString()],
        QueryType.Number => [JsonValue.Create(value.Number.Real).ToJsonString()],
        _ => null,
    };
}
