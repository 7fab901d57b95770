namespace Carillon.Profiles;

/// <summary>Why something that was asked for was not done. Nothing of it stays; the text is for the caller.</summary>
public sealed record Refusal(RefusalKind Kind, string Text)
{
    public static Refusal Invalid(string text) => new(RefusalKind.Invalid, text);
    public static Refusal NotFound(string text) => new(RefusalKind.NotFound, text);
    public static Refusal Ambiguous(string text) => new(RefusalKind.Ambiguous, text);
    public static Refusal Clash(string text) => new(RefusalKind.Clash, text);
    public static Refusal DatabaseNotInResource(string text) => new(RefusalKind.DatabaseNotInResource, text);
    /// <summary>A fault of ours; only where many items are carried out, and the others were.</summary>
    public static Refusal Fault(string text) => new(RefusalKind.Fault, text);
}

public enum RefusalKind { Invalid, NotFound, Ambiguous, Clash, DatabaseNotInResource, Fault }
