using Carillon.Storage;
using Carillon.Templates;
using Carillon.Workspace;

namespace Carillon.Triggers;

/// <summary>A trigger as a call gives it; null stands for what the call does not say.</summary>
public sealed record TriggerParameters
{
    public string? Name { get; init; }
    public string? Type { get; init; }
    public int? Database { get; init; }
    public int? Resource { get; init; }
    public string? Channel { get; init; }
    public int? Template { get; init; }
    public bool? Active { get; init; }
    public bool? Unconditional { get; init; }
    public string? Description { get; init; }
    public IReadOnlyList<string>? Labels { get; init; }
    public int? Wait { get; init; }
    /// <summary>What the content object overrides; an empty text leaves it to the template.</summary>
    public MailOverrides? Mail { get; init; }
}

/// <summary>Decides what becomes of a trigger of the workspace, by the rules of the workspace file.</summary>
public static class WriteTrigger
{
    /// <param name="old">The stored trigger, which keeps what is not given; null for a new one.</param>
    public static WorkspaceChange Run(TriggerParameters given, WorkspaceModel model, Trigger? old, int id)
    {
        var written = new GivenObject();
        written.Set("id", "id", id);
        written.Set("name", "name", given.Name ?? old?.Name);
        written.Set("type", "trigger_type", given.Type ?? old?.Type);
        written.Set("resource", "resource_id", given.Resource ?? old?.Resource);
        written.Set("database", "list_id", given.Database ?? old?.Database ?? OnlyDatabase(given, model));
        // The channel of a trigger never changes; an update that names another one is heard and not heeded, as in the original.
        written.Set("channel", "send_channel", old?.Channel ?? given.Channel);
        written.Set("template", "content[0].message_id", given.Template ?? old?.Template);
        written.Set("active", "is_active", given.Active ?? old?.Active);
        written.Set("unconditional", "unconditional_sending", given.Unconditional ?? old?.Unconditional);
        written.Set("on_unknown", "on_unknown", old?.OnUnknown.ToString().ToLowerInvariant());
        written.Set("description", "descr", given.Description ?? old?.Description);
        written.Set("labels", "ui_tags", given.Labels ?? old?.Labels);
        written.Set("wait", "skip_minutes", given.Wait ?? old?.Wait);
        SetMail(written, given.Mail, old?.Mail);

        var read = written.Read(map => ReadTriggers.Trigger(map, Template.Check));
        if (written.Fault is { } fault) return WorkspaceChange.Refuse(ChangeRefusal.Invalid(fault));
        var trigger = AsItStands(read.Value, old);
        return new WorkspaceChange { Given = written, Trigger = read with { Value = trigger } };
    }

    /// <summary>Starts or stops a trigger.</summary>
    /// <param name="droppedAt">The moment up to which waiting messages are dropped; null keeps them.</param>
    public static WorkspaceChange Activate(WorkspaceModel model, int id, bool active, DateTimeOffset? droppedAt = null)
    {
        if (!model.Triggers.TryGetValue(id, out var old)) return NotThere(id);
        var changed = AsItStands(old with { Active = active }, old);
        return WorkspaceChange.Of(droppedAt is { } moment ? changed with { Dropping = true, DropUntil = moment.ToUnixTimeMilliseconds() } : changed);
    }

    /// <summary>A copy waits to be activated by a person, and shares nothing with the messages of its model.</summary>
    public static WorkspaceChange Clone(WorkspaceModel model, int id, string? name, int newId)
    {
        if (!model.Triggers.TryGetValue(id, out var old)) return NotThere(id);
        return Run(new TriggerParameters { Name = name ?? ShortText.Cut($"Clone of {old.Name}", 252), Active = false }, model, old with { Dropping = false, DropUntil = 0 }, newId);
    }

    public static WorkspaceChange Delete(WorkspaceModel model, int id)
    {
        if (!model.Triggers.TryGetValue(id, out var old)) return NotThere(id);
        if (old.Active) return WorkspaceChange.Refuse(ChangeRefusal.Invalid($"Trigger {id} is active: deactivate it first"));
        return new WorkspaceChange { DeleteTrigger = id };
    }

    public static WorkspaceChange NotThere(int id) => WorkspaceChange.Refuse(ChangeRefusal.NotFound($"There is no trigger {id}"));

    private static Trigger AsItStands(Trigger trigger, Trigger? old) =>
        old is null ? trigger : trigger with { Dropping = old.Dropping && !trigger.Active, DropUntil = old.DropUntil };

    /// <summary>A trigger that names a resource with one database need not name the database.</summary>
    private static int? OnlyDatabase(TriggerParameters given, WorkspaceModel model) =>
        given.Resource is { } id && model.Resources.TryGetValue(id, out var resource) && resource.Databases is [var only] ? only : null;

    private static void SetMail(GivenObject written, MailOverrides? given, MailOverrides? old)
    {
        void Set(string key, string parameter, string? value, string? before) => written.Set($"mail.{key}", $"content[0].{parameter}", given is null ? before : value ?? before);
        Set("subject", "subject", given?.Subject, old?.Subject);
        Set("from_email", "from_email", given?.FromEmail, old?.FromEmail);
        Set("from_name", "from_name", given?.FromName, old?.FromName);
        Set("reply_to_email", "replyto_email", given?.ReplyToEmail, old?.ReplyToEmail);
        Set("reply_to_name", "replyto_name", given?.ReplyToName, old?.ReplyToName);
    }
}
