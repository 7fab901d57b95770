namespace Carillon.Workflows.Steps;

/// <summary>
/// <c>wait</c>: a length of time, counted in UTC: a day is 24 hours. When the node is changed to wait longer, those who wait there
/// wait longer too; a shorter wait holds for those who come from then on.
/// </summary>
public sealed class WaitStep : Step
{
    private readonly TimeSpan _duration;

    public WaitStep(NodeReader node) : base(node)
    {
        _duration = node.Duration(required: true);
        node.Exit("next");
    }

    public override StepResult Run(Turn turn)
    {
        var until = turn.Since + (long)_duration.TotalMilliseconds;
        return turn.Now >= until && !turn.Arrived
            ? new Go("next", $"waited since {Walk.At(turn.Since)}") { Waited = true }
            : new Stay(until, "", $"waits until {Walk.At(until)}");
    }
}
