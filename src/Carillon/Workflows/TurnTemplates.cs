using Carillon.Templates;

namespace Carillon.Workflows;

/// <summary>Renders the settings of nodes that are templates.</summary>
public static class TurnTemplates
{
    public static TemplateRender Render(Template template, Turn turn) => template.Render(new TemplateScope
    {
        Lead = turn.Profile.ToLead(), ApiContent = turn.Content, Zone = turn.Zone,
    });
}
