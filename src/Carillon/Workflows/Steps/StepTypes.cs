namespace Carillon.Workflows.Steps;

/// <summary>The types of nodes, in a written list.</summary>
public static class StepTypes
{
    private static readonly Dictionary<string, Func<NodeReader, Step>> All = new(StringComparer.Ordinal)
    {
        ["start"] = node => new StartStep(node),
        ["on_import"] = node => new OnImportStep(node),
        ["on_subscription"] = node => new OnSubscriptionStep(node),
        ["on_event"] = node => new OnEventStep(node),
        ["on_field"] = node => new OnFieldStep(node),
        ["content_filter"] = node => new ConditionStep(node, contentOnly: true),
        ["condition"] = node => new ConditionStep(node, contentOnly: false),
        ["on_date"] = node => new OnDateStep(node),
        ["wait"] = node => new WaitStep(node),
        ["wait_until"] = node => new WaitUntilStep(node),
        ["wait_event"] = node => new WaitEventStep(node),
        ["split"] = node => new SplitStep(node),
        ["send"] = node => new SendStep(node),
        ["update_profile"] = node => new UpdateProfileStep(node),
        ["subscribe"] = node => new SubscriptionStep(node),
        ["unsubscribe"] = node => new SubscriptionStep(node),
        ["change_status"] = node => new SubscriptionStep(node),
        ["http_request"] = node => new HttpRequestStep(node),
        ["start_workflow"] = node => new StartWorkflowStep(node),
        ["exit"] = node => new ExitStep(node),
    };

    /// <summary>Null when the type is not known; the fault is written down.</summary>
    public static Step? Read(NodeReader node)
    {
        if (All.TryGetValue(node.Type, out var read)) return read(node);
        node.Fail("type", $"\"{node.Type}\" is not a type of node; known are {string.Join(", ", All.Keys)}");
        return null;
    }
}
