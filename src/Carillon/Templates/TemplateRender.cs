namespace Carillon.Templates;

/// <summary>
/// What became of a rendering: exactly one of the two is set. The error names the line and the limit that was broken, or
/// says that the data at that line cannot be read.
/// </summary>
public sealed record TemplateRender(string? Text, string? Error);
