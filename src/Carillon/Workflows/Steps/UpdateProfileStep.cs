using System.Text.Json.Nodes;
using Carillon.Profiles;
using Carillon.Templates;

namespace Carillon.Workflows.Steps;

/// <summary>
/// <c>update_profile</c>: sets fields as an import does, with values that may be templates and, where the API takes functions of a field
/// (<c>{action: incr, value: 1}</c>), functions. What an import would refuse goes by <c>failed</c>.
/// </summary>
public sealed class UpdateProfileStep : Step
{
    private readonly JsonObject _set;
    private readonly Dictionary<string, Template> _templates = new(StringComparer.Ordinal);

    public UpdateProfileStep(NodeReader node) : base(node)
    {
        _set = node.Map("set") ?? [];
        if (_set.Count == 0) node.Fail("set", "give the fields to set");
        foreach (var (name, value) in _set)
        {
            if (name == "subscriptions") node.Fail("set", "subscriptions are changed by nodes of type subscribe, unsubscribe and change_status");
            Parse(node, name, value);
        }
        node.Exit("next");
        node.Exit("failed");
    }

    public override StepResult Run(Turn turn)
    {
        var data = new JsonObject(_set.Select(member => KeyValuePair.Create(member.Key, Fill(member.Value, turn))));
        return ChangeProfile.Run(turn, data, $"sets {string.Join(", ", _set.Select(member => member.Key))}");
    }

    private void Parse(NodeReader node, string name, JsonNode? value)
    {
        switch (value)
        {
            case JsonValue when value.GetValueKind() == System.Text.Json.JsonValueKind.String && value.GetValue<string>() is var text && text.Contains('{') && !_templates.ContainsKey(text):
                var parse = Template.Parse(text, TemplateKind.Text);
                if (parse.Template is null) node.Fail("set", $"{name}: line {parse.Error!.Line}, column {parse.Error.Column} of the template: {parse.Error.Message}");
                else _templates[text] = parse.Template;
                break;
            case JsonObject map:
                foreach (var (_, inner) in map) Parse(node, name, inner);
                break;
            case JsonArray items:
                foreach (var item in items) Parse(node, name, item);
                break;
        }
    }

    private JsonNode? Fill(JsonNode? value, Turn turn) => value switch
    {
        JsonObject map => new JsonObject(map.Select(member => KeyValuePair.Create(member.Key, Fill(member.Value, turn)))),
        JsonArray items => new JsonArray([.. items.Select(item => Fill(item, turn))]),
        JsonValue when value.GetValueKind() == System.Text.Json.JsonValueKind.String && _templates.TryGetValue(value.GetValue<string>(), out var template) => TurnTemplates.Render(template, turn).Text,
        _ => value?.DeepClone(),
    };
}
