namespace Carillon.Templates;

/// <summary>
/// A parsed template: parse once, render for every message, from any number of threads. The language is described in
/// <c>docs/templates.md</c>.
/// </summary>
public sealed class Template
{
    readonly Block _body;

    internal Template(Block body) => _body = body;

    /// <summary>Never throws. Time and memory grow with the length of the text, whatever it holds.</summary>
    public static TemplateParse Parse(string source, TemplateKind kind) => new TemplateParser(source, kind).Parse();

    /// <summary>The first fault of a source (true for HTML), or null: what the workspace asks before it keeps a text.</summary>
    public static (int Line, int Column, string Message)? Check(string source, bool html) =>
        Parse(source, html ? TemplateKind.Html : TemplateKind.Text).Error is { } error ? (error.Line, error.Column, error.Message) : null;

    /// <summary>Never throws, and stops at the limits of the scope.</summary>
    public TemplateRender Render(TemplateScope scope)
    {
        var renderer = Renderer.Rent(scope);
        try
        {
            _body.Render(renderer);
            return renderer.Result();
        }
        // System.Text.Json reads lazily: half a surrogate pair, a twin key or a NaN shows itself only here.
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or FormatException)
        {
            return new TemplateRender(null, $"line {renderer.Line}: the data cannot be read: {e.Message}");
        }
        finally
        {
            renderer.Return();
        }
    }
}
