using System.Text.Json.Nodes;

namespace Carillon.Templates;

/// <summary>What a template can see while it is rendered. Values from here are data: they are never read as templates.</summary>
public sealed record TemplateScope
{
    /// <summary><c>lead.*</c>: the profile's fields with its <c>subscriptions</c>; <c>lead._id</c> also reads <c>id</c>.</summary>
    public required JsonObject Lead { get; init; }
    /// <summary><c>subscription.*</c>: the one being sent to.</summary>
    public JsonObject? Subscription { get; init; }
    /// <summary><c>apicontent.*</c>: the content of the launch.</summary>
    public JsonNode? ApiContent { get; init; }
    /// <summary><c>json.*</c>: content fetched for this message.</summary>
    public JsonNode? Json { get; init; }
    /// <summary>The profile's zone, for <c>| date</c>.</summary>
    public TimeZoneInfo Zone { get; init; } = TimeZoneInfo.Utc;
    public TemplateLimits Limits { get; init; } = TemplateLimits.Default;
}
