namespace Carillon.Templates;

/// <summary>What became of a text given to <see cref="Template.Parse"/>: exactly one of the two is set.</summary>
public sealed record TemplateParse(Template? Template, TemplateError? Error);
