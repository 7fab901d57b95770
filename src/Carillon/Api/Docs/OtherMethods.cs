namespace Carillon.Api.Docs;

/// <summary>What stands outside of <c>/api/v1.1</c>: quick import, and the links of version 1.0.</summary>
public static class OtherMethods
{
    public static readonly IReadOnlyList<MethodDoc> All =
    [
        new("integrations/any/profile_import", "Quick import, for web forms: flat parameters in the URL, a form, JSON or XML; a sentence with a real HTTP status as the answer.", """
            db_id*        int    The database.
            matching      text   How the profile is looked for: email (the default), email_profile, phone, field_name.
            email         text   Its e-mail.
            phone         text   Its phone number with the country, such as +79000000000.
            field_name    text   A unique or indexed field of the database, for the mode field_name; field_value is its value.
            field_value   any    The value to look for.
            resource_id   int    Subscribes the e-mail and the phone number to this resource.
            trigger_id    int    Starts this trigger for the contacts that the call subscribes.
            workflow_id   int    The profile enters this workflow.
            skip_triggers bool   Starts nothing because of the import.
            _fname        text   A field of the profile; so are all other parameters.
            """, "quick_import") { Url = "/api/integrations/any/profile_import", Flat = true },
        new("trg/{link}/{who}", "Starts a trigger for one profile by a link of version 1.0, which needs no token.", """
            link*             text     The link's 48 digits; campaigns/triggers/get tells the link as call_url.
            who*              text     The profile's e-mail; or its MD5 (32 hex digits) or XXH64 (16), where the database keeps hashes of e-mails.
            id                int      The trigger that the link must be of.
            fields            objects  Values for the message.
            fields[].name*    text     A field of the profile.
            fields[].value    any      Its value.
            fields[].option   int      0 (the default) shows it where the profile has nothing, 1 shows it, 2 shows and stores it.
            """, "link") { Url = "/trg/{link}/{who}", Verbs = ["GET", "POST"], Open = true },
    ];
}
