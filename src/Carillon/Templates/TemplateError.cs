namespace Carillon.Templates;

/// <summary>
/// Why a text is not a template. Line and column count from 1, columns in UTF-16 units, and always name a character of the
/// text; what is never closed is reported where it opens.
/// </summary>
public sealed record TemplateError(int Line, int Column, string Message);
