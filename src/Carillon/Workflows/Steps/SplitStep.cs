using Carillon.Storage;

namespace Carillon.Workflows.Steps;

/// <summary>
/// <c>split</c>: parts of the audience by percentages, an A/B test when the parts have names. Which part a profile falls into depends on
/// the profile, the workflow and the node alone, so it is the same each time.
/// </summary>
public sealed class SplitStep : Step
{
    private readonly List<(string Name, int Percent)> _parts = [];
    private readonly int _workflow;

    public SplitStep(NodeReader node) : base(node)
    {
        _workflow = node.Workflow.Id;
        foreach (var (index, part) in node.Maps("branches").Index())
        {
            var name = part.OptionalText("name", 64) ?? ((char)('A' + index % 26)).ToString();
            if (_parts.Exists(other => other.Name == name)) part.Fail("name", $"the part {name} stands already here");
            _parts.Add((name, part.Int("percent", 0, 100)));
            part.Exit("next", name);
            part.Finish();
        }
        node.Exit("next");
        if (_parts.Count < 2) node.Fail("branches", "a split has at least two branches");
        else if (_parts.Sum(part => part.Percent) != 100) node.Fail("branches", $"the percentages make {_parts.Sum(part => part.Percent)}, not 100");
    }

    public override StepResult Run(Turn turn)
    {
        var place = (int)(XxHash64.Of($"{_workflow}\n{Id}\n{turn.Run.ProfileId}") % 10_000);
        var upTo = 0;
        foreach (var (name, percent) in _parts)
        {
            upTo += percent * 100;
            if (place < upTo) return new Go(name, $"falls into {name}, {percent} %");
        }
        return new Go(_parts[^1].Name, $"falls into {_parts[^1].Name}");
    }
}
