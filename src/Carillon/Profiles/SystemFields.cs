using System.Net;
using System.Text.Json.Nodes;
using Carillon.Workspace;

namespace Carillon.Profiles;

/// <summary>
/// The fields that every profile has, as the original's page "Profile data object" lists them. Those that the server
/// keeps by itself are read-only: a value given for one is left out, as the original does.
/// </summary>
public static class SystemFields
{
    private const int MaxPhones = 100;

    private static readonly Dictionary<string, Func<string, JsonNode, FieldValue>> Writable = new(StringComparer.Ordinal)
    {
        ["email"] = Email,
        ["phones"] = Phones,
        ["_fname"] = Text, ["_lname"] = Text,
        ["_bdate"] = Of(FieldType.Date), ["_regdate"] = Of(FieldType.Date),
        ["_sex"] = Sex,
        ["_status"] = Status,
        ["_regip"] = Ip, ["_ip"] = Ip,
        ["_regurl"] = Text, ["_regcity"] = Text, ["_regcountry"] = Text,
        ["_tz"] = Zone,
        ["_city"] = Text, ["_country"] = Text, ["_region"] = Text, ["_postal_code"] = Text,
        ["_lat"] = Of(FieldType.Float), ["_lon"] = Of(FieldType.Float),
        ["_os"] = Text, ["_browser"] = Text, ["_vendor"] = Text,
        ["_is_desktop"] = Of(FieldType.Bool), ["_is_test"] = Of(FieldType.Bool),
    };

    private static readonly HashSet<string> ReadOnly = new(StringComparer.Ordinal)
    {
        "id", "_id", "db_id", "list_id", "_acid", "_md5", "_xxh", "_xxm", "_createtime", "_updatetime", "_domaingroup", "_emaildomain",
        "_deliv_exist", "_deliv_date", "_deliv_sms_exist", "_deliv_sms_date", "_deliv_push_exist", "_open_date", "_open_exist",
        "_click_exist", "_click_date", "_click_sms_exist", "_click_push_exist", "_confirm_exist",
    };

    /// <summary>The names and types, for <c>databases/fields_get</c>.</summary>
    public static readonly IReadOnlyList<(string Name, string Type)> All =
    [
        ("email", "email"), ("phones", "phones"), ("_fname", "string"), ("_lname", "string"), ("_bdate", "date"), ("_sex", "int"),
        ("_status", "int"), ("_regdate", "date"), ("_regip", "ip"), ("_regurl", "string"), ("_regcity", "string"), ("_regcountry", "string"),
        ("_ip", "ip"), ("_tz", "string"), ("_city", "string"), ("_country", "string"), ("_region", "string"), ("_postal_code", "string"),
        ("_lat", "float"), ("_lon", "float"), ("_os", "string"), ("_browser", "string"), ("_vendor", "string"),
        ("_is_desktop", "bool"), ("_is_test", "bool"),
    ];

    public static bool IsReadOnly(string name) => ReadOnly.Contains(name);

    public static bool IsWritable(string name) => Writable.ContainsKey(name);

    /// <summary>Checks a value for a system field; null when there is no such field to write.</summary>
    public static FieldValue? Check(string name, JsonNode? given)
    {
        if (!Writable.TryGetValue(name, out var check)) return null;
        return given is null ? new FieldValue(null, null) : check(name, given);
    }

    private static FieldValue Text(string name, JsonNode given) => Of(FieldType.String)(name, given);

    private static Func<string, JsonNode, FieldValue> Of(FieldType type) => (name, given) => FieldValues.Check(new Field(name, type), given);

    /// <summary>The original stores <c>localhost</c> where there is no address; it counts as none.</summary>
    public static bool IsNoEmail(string text) => text.AsSpan().Trim() is "" || text.AsSpan().Trim().Equals("localhost", StringComparison.OrdinalIgnoreCase);

    private static FieldValue Email(string name, JsonNode given)
    {
        var text = ScalarText(given);
        if (text is not null && IsNoEmail(text)) return new FieldValue(null, null);
        return EmailAddress.TryNormalise(text, out var email) ? new FieldValue(email, null) : FieldValues.Wrong(name, "an e-mail address", given);
    }

    /// <summary>An array of numbers; one number is accepted too.</summary>
    private static FieldValue Phones(string name, JsonNode given)
    {
        var phones = new JsonArray();
        foreach (var item in given is JsonArray many ? (IEnumerable<JsonNode?>)many : [given])
        {
            // Checked here, for each one is compared with all before it.
            if (phones.Count == MaxPhones) return new FieldValue(null, $"Field '{name}' holds at most {MaxPhones} phone numbers");
            if (!PhoneNumber.TryNormalise(item is null ? null : ScalarText(item), out var phone)) return FieldValues.Wrong(name, "an array of phone numbers", given);
            if (!phones.Any(known => (string)known! == phone)) phones.Add((JsonNode)phone);
        }
        return new FieldValue(phones.Count == 0 ? null : phones, null);
    }

    private static FieldValue Sex(string name, JsonNode given) => ScalarText(given)?.Trim().ToLowerInvariant() switch
    {
        "0" or "" or "unknown" => new FieldValue(0, null),
        "1" or "male" or "m" or "man" or "м" or "муж" or "мужской" => new FieldValue(1, null),
        "2" or "female" or "f" or "w" or "woman" or "ж" or "жен" or "женский" => new FieldValue(2, null),
        _ => FieldValues.Wrong(name, "a gender (0, 1, 2, male, female)", given),
    };

    private static FieldValue Status(string name, JsonNode given)
    {
        if (ScalarText(given) is { } text && SubscriptionStatuses.TryParse(text, out var status) && status is not null) return new FieldValue((int)status, null);
        return FieldValues.Wrong(name, "a status (0 to 6 or its word)", given);
    }

    private static FieldValue Ip(string name, JsonNode given) =>
        IPAddress.TryParse(ScalarText(given), out var address) ? new FieldValue(address.ToString(), null) : FieldValues.Wrong(name, "an IP address", given);

    private static FieldValue Zone(string name, JsonNode given) =>
        ScalarText(given) is { } text && TimeZoneInfo.TryFindSystemTimeZoneById(text, out _)
            ? new FieldValue(text, null)
            : FieldValues.Wrong(name, "an IANA time zone like Europe/Moscow", given);

    private static string? ScalarText(JsonNode given) => given is JsonValue value ? Contacts.MatchText(value) : null;
}
