using Carillon.Storage;
using Carillon.Templates;

namespace Carillon.Workflows.Steps;

/// <summary>
/// <c>wait_until</c>: a moment (<c>date</c>), a date of the profile (<c>field</c>, some <c>days</c> before or after it, at a
/// <c>time</c>, perhaps <c>yearly</c>), or the next moment inside a <c>window</c> of weekdays and hours. All by the clock of the profile's zone.
/// </summary>
public sealed class WaitUntilStep : Step
{
    private readonly Template? _date;
    private readonly DateRule? _field;
    private readonly TimeWindow? _window;

    public WaitUntilStep(NodeReader node) : base(node)
    {
        _date = node.OptionalTemplate("date");
        _field = DateRule.Read(node);
        _window = TimeWindow.Read(node);
        if (_date is null && _field is null && _window is null) node.Fail("date", "give date, field or window");
        if (_date is not null && _field is not null) node.Fail("field", "give date or field, not both");
        node.Exit("next");
        node.Exit("past");
        node.Exit("missing");
    }

    public override StepResult Run(Turn turn)
    {
        if (!turn.Arrived && turn.Now >= turn.Run.RunAt && _window is null) return new Go("next", "the moment has come") { Waited = true };
        var (moment, missing) = turn.Arrived ? Moment(turn) : (turn.Now, null);
        if (missing is not null) return new Go("missing", missing);
        var wanted = moment ?? turn.Now;
        if (turn.Arrived && moment < turn.Now && Exits.ContainsKey("past")) return new Go("past", $"{Walk.At(wanted)} is past");
        var until = _window?.Next(Math.Max(wanted, turn.Now), turn.Zone) ?? wanted;
        return until <= turn.Now
            ? new Go("next", turn.Arrived ? $"{Walk.At(wanted)} is here or past" : "the moment has come") { Waited = !turn.Arrived }
            : new Stay(until, "", $"waits until {Walk.At(until)} ({Zones.Local(until, turn.Zone):yyyy-MM-dd HH:mm} in {turn.Zone.Id})");
    }

    private (long? Moment, string? Missing) Moment(Turn turn)
    {
        if (_field is not null)
        {
            var moment = _field.Next(turn.Profile.Fields, turn.Now, turn.Zone);
            return moment is null ? (null, $"the profile has no date in {_field.Field}") : (moment, null);
        }
        if (_date is null) return (null, null);
        var text = TurnTemplates.Render(_date, turn).Text?.Trim() ?? "";
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", out var day)) return (Zones.Moment(day, TimeOnly.MinValue, turn.Zone), null);
        return Moments.TryParse(text, out var parsed) ? (parsed.ToUnixTimeMilliseconds(), null) : (null, $"'{ShortText.Cut(text)}' is not a date");
    }
}
