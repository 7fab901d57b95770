namespace Carillon.Templates;

/// <summary>
/// What one rendering may cost. What a template may look like is bounded when it is parsed: 1,000,000 characters, 64
/// blocks inside each other, 64 parentheses or <c>not</c>s inside each other.
/// </summary>
public sealed record TemplateLimits
{
    public static readonly TemplateLimits Default = new();

    /// <summary>
    /// A tag, a turn of a loop, a comparison, a visited node of a JSONPath: one step each; long texts cost one more per 256
    /// characters read. Default 100,000.
    /// </summary>
    public int MaxSteps { get; init; } = 100_000;
    /// <summary>Characters of output. Default 2,000,000.</summary>
    public int MaxOutput { get; init; } = 2_000_000;
    /// <summary>Blocks inside each other. Default 64, which is also the most that parses.</summary>
    public int MaxDepth { get; init; } = 64;
}
