namespace Carillon.Api.Docs;

/// <summary>Templates.</summary>
public static class TemplateMethods
{
    private const string Template = """

        channels[].sid*                   text   The channel: email.
        channels[].fields.subject         text   The subject. Required for a new template.
        channels[].fields.html            text   The HTML part; html, text or both.
        channels[].fields.text            text   The text part.
        channels[].fields.from_email      text   The sender's address; default: the resource's. Likewise from_name, replyto_email, replyto_name.
        descr                             text   A description.
        ui_tags                           texts  Labels to find it by.
        is_draft                          bool   Not ready: no trigger may use it. Default false.
        """;

    public static readonly IReadOnlyList<MethodDoc> All =
    [
        new("templates/add", "Makes a template. A text that does not parse is refused with its line and column.", """
            name*                             text     Its name.
            channels*                         objects  The content, an object per channel.
            """ + Template, "templates_add"),
        new("templates/delete", "Deletes a template that nothing uses; the answer is its id.", "id*   int   The template's id.", "templates_delete"),
        new("templates/get", "Reads a template.", """
            id*           int     The template's id.
            channel_sid   texts   Only these channels.
            """, "templates_get"),
        new("templates/list", "Lists templates.", """
            channel       text    Only templates with content for this channel.
            ui_tags       texts   Only those that have all of these labels.
            """ + Methods.Listing, "list"),
        new("templates/update", "Changes what it names of a template.", """
            id*                               int      The template's id.
            name                              text     Its name.
            channels                          objects  The content, an object per channel; its fields that are not given stay, an empty text takes one away.
            """ + Template, "templates_update"),
    ];
}
