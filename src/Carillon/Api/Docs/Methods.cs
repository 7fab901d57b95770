namespace Carillon.Api.Docs;

/// <summary>Every method, and the parameters that several share.</summary>
public static class Methods
{
    public const string Listing = """

        from_id   int   The first id to list; the last answer's next_from_id reads on. Default 1.
        limit     int   How many, at most 1000. Default (and 0) 1000.
        """;

    public const string Filters = """

        is_active   bool    Only active ones, or only those that are not.
        ui_tags     texts   Only those that have all of these labels.
        """;

    public const string Matching = """

        matching         text   How the profile is looked for: email (the default), email_profile, email_sub, phone, phone_sub, profile_id, custom, custom_sub, push_sub, email_phone, email_phone_sub.
        email            text   The e-mail, for the modes with it.
        phone            text   The phone number with its country, such as +79000000000.
        profile_id       text   The profile's id, 24 hex digits.
        field_name       text   A unique or indexed field of the database, for custom.
        field_value      any    Its value; tags as one text with commas.
        provider         text   The push provider, for push_sub.
        subscription_id  text   The push token, for push_sub.
        resource_id      int    Looks for e-mail and phone in subscriptions of this resource only.
        """;

    public const string Import = """

        data*                       object   The profile's fields. Absent ones stay as they are, null clears one.
        data.subscriptions          objects  Its subscriptions, added or changed by resource, channel and contact.
        data.subscriptions[].resource_id*  int   The resource that is subscribed to.
        data.subscriptions[].channel       text  email, sms (or phone), push.
        data.subscriptions[].email         text  The contact; for other channels phone, or provider and subscription_id.
        data.subscriptions[].status        any   subscribed, unsubscribed, ... or its number; only when it shall change.
        data.subscriptions[].priority      int   0 is the highest.
        skip_invalid_subscriptions  bool     Leaves out what is wrong with a subscription instead of refusing the import.
        skip_triggers               bool     Starts nothing because of the import.
        detect_geo                  bool     Taken, but there is no location database yet: the location stays as it is.
        """;

    public const string Items = """

        data*   objects   The items, each with what the single call takes: the profile's fields (also inside data), or what it is matched by.
        """;

    public const string Launch = """

        content                 object   Becomes {apicontent...} of the template.
        custom_data             object   Kept with the launch.
        attach                  objects  Files that go with the mail, at most 50 and 50 MB together.
        attach[].name           text     The file's name.
        attach[].data           text     The file as a data URL: data:<media type>;base64,<payload>.
        attach[].file_key       text     Instead of data: the key of an uploaded file.
        attach[].mimetype       text     The media type, where the data URL does not say it.
        """;

    /// <summary>Those that a server has, in the order of their URLs.</summary>
    public static IEnumerable<MethodDoc> Of(IEnumerable<string> urls)
    {
        var there = urls.ToHashSet();
        return All.Where(doc => there.Contains(doc.Url)).OrderBy(doc => doc.Url, StringComparer.Ordinal);
    }

    public static readonly IReadOnlyList<MethodDoc> All =
    [
        .. CampaignMethods.All, .. DatabaseMethods.All, .. ProfileMethods.All, .. TemplateMethods.All, .. WorkflowMethods.All, .. OtherMethods.All,
    ];
}
