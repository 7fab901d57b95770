namespace Carillon.Templates;

/// <summary>How values are written into the output.</summary>
public enum TemplateKind
{
    /// <summary>
    /// As they are: subjects, addresses, text parts, SMS. Line breaks and NUL in a value stay in it; whoever puts the
    /// result into a mail header strips them there.
    /// </summary>
    Text,
    /// <summary>With <c>&amp; &lt; &gt; " '</c> escaped, unless the value goes through <c>| raw</c>.</summary>
    Html,
}
