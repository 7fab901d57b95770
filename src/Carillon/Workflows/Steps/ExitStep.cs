namespace Carillon.Workflows.Steps;

/// <summary><c>exit</c>: the run is over, with a word of the graph's own if it has one.</summary>
public sealed class ExitStep : Step
{
    private readonly string _verdict;

    public ExitStep(NodeReader node) : base(node) => _verdict = node.OptionalText("verdict") ?? "reached the exit";

    public override StepResult Run(Turn turn) => new End(RunState.Finished, _verdict);
}
