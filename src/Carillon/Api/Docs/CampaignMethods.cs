namespace Carillon.Api.Docs;

/// <summary>Trigger mailings, and the files that are attached to them.</summary>
public static class CampaignMethods
{
    private const string Trigger = """

        content                     objects  The template, and what is said instead of it. One content object; required for a new trigger.
        content[].message_id*       int      The template's id.
        content[].subject           text     Instead of the template's subject; likewise from_email, from_name, replyto_email, replyto_name. Empty: the template's.
        list_id                     int      The database (also db_id). May be left out where the resource has only one.
        is_active                   bool     Whether it can be launched. Default false.
        skip_minutes                int      A message waits so many minutes when the launch names no timeout. Default 0.
        unconditional_sending       bool     Sends whatever the subscription's status is, for receipts and codes. Default false.
        descr                       text     A description.
        ui_tags                     texts    Labels to find it by.
        """;

    private const string BulkTrigger = "trigger_id*   int   The trigger to start.";

    private const string Starts = """

        data                    objects   The items, each with what it is matched by, and with a content, custom_data or attach of its own if it likes.
        data[].custom_request   object    Instead of what it is matched by, where no matching is given: everyone whom this filter finds.
        custom_request          object    Instead of data: everyone whom this filter finds.
        """;

    private const string Id = "id*   int   The trigger's id.";

    public static readonly IReadOnlyList<MethodDoc> All =
    [
        new("campaigns/activate", "Starts a trigger: from the answer on it can be launched.", Id, "campaigns_activate"),
        new("campaigns/clone", "Copies a trigger; the copy is not active.", Id + "\nname   text   The copy's name. Default: Clone of ...", "campaigns_clone"),
        new("campaigns/deactivate", "Stops a trigger. What was accepted is still sent, unless it is dropped.", Id + "\nabort_if_running   bool   Drops the messages that wait. Default false.", "campaigns_deactivate"),
        new("campaigns/delete", "Deletes a trigger that is not active and has neither messages that wait nor a task that is not finished.", Id, "campaigns_delete"),
        new("campaigns/get", "Reads a trigger as the mailing that it is.", Id, "campaigns_get"),
        new("campaigns/get_status", "Tells whether a trigger is active.", Id, "campaigns_get_status"),
        new("campaigns/list", "Lists mailings. Triggers are the only kind here.", "type   text   trigger, or another kind, of which there are none." + Methods.Filters + Methods.Listing, "campaigns_list"),
        new("campaigns/triggers/add", "Makes a trigger.", """
            name*           text   Its name.
            trigger_type*   text   The event that starts it: api_call, or one that nothing starts yet (api_import, action, update, pixel, subscribe).
            send_channel*   text   email.
            resource_id*    int    The resource whose subscribers it goes to.
            """ + Trigger, "triggers_add"),
        new("campaigns/triggers/clone", "Copies a trigger; the copy is not active.", Id + "\nname   text   The copy's name. Default: Clone of ...", "campaigns_clone"),
        new("campaigns/triggers/get", "Reads a trigger, with its link of version 1.0.", Id, "campaigns_get"),
        new("campaigns/triggers/import_and_start", "Imports a profile and starts a trigger for it, both or neither.", "trigger_id*   int   The trigger to start." + Methods.Import + Methods.Matching + Methods.Launch + """

            timeout           object   The message waits: days, hours, minutes.
            timeout.days      int      Days.
            timeout.hours     int      Hours.
            timeout.minutes   int      Minutes.
            expiration        moment   When the message leaves the queue unsent. Default: a day after it became due.
            """, "import_and_start"),
        new("campaigns/triggers/import_and_start_batch", "Imports profiles and starts a trigger for each.", BulkTrigger + Methods.Items + Methods.Matching + Methods.Launch, "bulk_import_and_start"),
        new("campaigns/triggers/import_and_start_batch_task", "The same as a task, which tasks/status tells of.", BulkTrigger + Methods.Items + Methods.Matching + Methods.Launch, "bulk_import_and_start"),
        new("campaigns/triggers/list", "Lists triggers.", Methods.Filters + Methods.Listing, "triggers_list"),
        new("campaigns/triggers/start", "Starts a trigger for a profile.", Id + Methods.Matching + Methods.Launch + """

            expiration                       moment   When the message leaves the queue unsent. Default: a day after it became due.
            custom_request                   object   Instead of matching: everyone whom this filter finds, in MongoDB's language.
            subscription_filter              object   Names the subscription to send to.
            subscription_filter.email        text     By its e-mail; likewise phone, or provider and subscription_id.
            subscription_filter.not_strict   bool     When it is not there, any other suitable one will do.
            """, "start"),
        new("campaigns/triggers/start_batch", "Starts a trigger for many profiles.", BulkTrigger + Starts + Methods.Matching + Methods.Launch, "bulk_start"),
        new("campaigns/triggers/start_batch_task", "The same as a task, which tasks/status tells of.", Id + Starts + Methods.Matching + Methods.Launch, "bulk_start_task"),
        new("campaigns/triggers/update", "Changes what it names of a trigger. The channel never changes.", Id + """

            name           text   Its name.
            trigger_type   text   The event that starts it.
            resource_id    int    The resource whose subscribers it goes to.
            """ + Trigger, "triggers_update"),
        new("file_upload", "Keeps a file, so that launches can attach it by the key that is answered.", """
            header*   text   The file's name.
            data*     text   The file as a data URL: data:<media type>;base64,<payload>.
            """, "file_upload"),
    ];
}
