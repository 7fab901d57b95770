namespace Carillon.Workspace;

/// <summary>
/// Checks that what objects name exists and fits. The file's own objects are checked, and also those it does not mention,
/// which a change in the file can break; then the error stands at the object of the file that broke them.
/// </summary>
public static class References
{
    /// <param name="others">Told of an object that the file does not mention and would break.</param>
    public static List<WorkspaceError> Check(WorkspaceFile file, WorkspaceModel after, CheckGraph checkGraph, string others = ", which this file does not mention,")
    {
        List<WorkspaceError> errors = [];
        Check(errors, file, after.Resources.Values, file.Resources, WorkspaceTables.Resources, others, item => OfResource(item, after));
        Check(errors, file, after.Triggers.Values, file.Triggers, WorkspaceTables.Triggers, others, item => OfTrigger(item, after));
        Check(errors, file, after.Workflows.Values, file.Workflows, WorkspaceTables.Workflows, others, item => OfWorkflow(item, after, checkGraph));
        return errors;
    }

    private static void Check<T>(List<WorkspaceError> errors, WorkspaceFile file, IEnumerable<T> all, IReadOnlyList<Written<T>> written,
        WorkspaceTable<T> table, string others, Func<T, IEnumerable<Misfit>> misfitsOf) where T : class
    {
        var places = written.ToDictionary(item => table.Id(item.Value));
        foreach (var item in all)
        {
            foreach (var misfit in misfitsOf(item))
            {
                if (places.TryGetValue(table.Id(item), out var place)) errors.Add(place.Error(misfit.Key, misfit.Message));
                else if (Blame(file, misfit, $"{table.Title(item)}{others} would no longer work: {misfit.Message}") is { } error) errors.Add(error);
            }
        }
    }

    /// <summary>Null when the file has nothing to do with it: then it did not work before, and this apply does not make it worse.</summary>
    private static WorkspaceError? Blame(WorkspaceFile file, Misfit misfit, string message) =>
        misfit.Named.Select(named => named switch
        {
            Resource resource => At(file.Resources, item => item.Id == resource.Id, message),
            Sender sender => At(file.Senders, item => item.Id == sender.Id, message),
            MessageTemplate template => At(file.Templates, item => item.Id == template.Id, message),
            _ => null,
        }).FirstOrDefault(error => error is not null);

    private static WorkspaceError? At<T>(IReadOnlyList<Written<T>> items, Func<T, bool> isIt, string message) =>
        items.FirstOrDefault(item => isIt(item.Value))?.Error("", message);

    private static IEnumerable<Misfit> OfResource(Resource item, WorkspaceModel all)
    {
        for (var i = 0; i < item.Databases.Count; i++)
        {
            if (!all.Databases.ContainsKey(item.Databases[i])) yield return new($"databases[{i}]", $"there is no database {item.Databases[i]}");
        }
        foreach (var (name, channel) in item.Channels)
        {
            if (!all.Senders.TryGetValue(channel.Sender, out var sender))
                yield return new($"channels.{name}.sender", $"there is no sender {channel.Sender}");
            else if (sender.Channel != name)
                yield return new($"channels.{name}.sender", $"sender {sender.Id} is for {sender.Channel}, not for {name}", sender);
        }
    }

    private static IEnumerable<Misfit> OfTrigger(Trigger item, WorkspaceModel all)
    {
        if (!all.Databases.ContainsKey(item.Database)) yield return new("database", $"there is no database {item.Database}");
        var resource = all.Resources.GetValueOrDefault(item.Resource);
        if (resource is null)
            yield return new("resource", $"there is no resource {item.Resource}");
        else if (!resource.Databases.Contains(item.Database))
            yield return new("resource", $"resource {resource.Id} does not list database {item.Database}", resource);
        if (resource is not null && !resource.Channels.ContainsKey(item.Channel))
            yield return new("channel", $"resource {resource.Id} has no channel {item.Channel}", resource);

        if (!all.Templates.TryGetValue(item.Template, out var template))
            yield return new("template", $"there is no template {item.Template}");
        else if (item.Channel != Channels.Email || template.Email is null)
            yield return new("template", $"template {template.Id} has no content for {item.Channel}", template);
        else if (template.Draft)
            yield return new("template", $"template {template.Id} is a draft", template);
        else if (template.Email.FromEmail is null && item.Mail?.FromEmail is null && resource is not null
            && resource.Channels.TryGetValue(item.Channel, out var channel) && channel.FromEmail is null)
            yield return new("template", $"neither template {template.Id} nor resource {resource.Id} says from_email, so the mail would have no sender address", resource, template);
    }

    private static IEnumerable<Misfit> OfWorkflow(Workflow item, WorkspaceModel all, CheckGraph checkGraph)
    {
        if (!all.Databases.ContainsKey(item.Database)) yield return new("database", $"there is no database {item.Database}");
        foreach (var fault in checkGraph(item, all)) yield return fault.Named is { } named ? new(fault.Key, fault.Message, named) : new(fault.Key, fault.Message);
    }

    /// <param name="named">The objects that exist but do not fit; none when something is missing.</param>
    private sealed class Misfit(string key, string message, params object[] named)
    {
        public string Key => key;
        public string Message => message;
        public IReadOnlyList<object> Named => named;
    }
}
