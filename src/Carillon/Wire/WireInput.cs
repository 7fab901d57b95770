using System.Text.Json.Nodes;

namespace Carillon.Wire;

/// <summary>A body as a tree, or why it is none. The tree is the same for JSON and XML.</summary>
public sealed record WireInput(JsonObject? Root, ApiError? Error)
{
    /// <summary>How deep a body may be nested.</summary>
    public const int MaxDepth = 64;

    /// <summary>How many values a body may hold: a small text can ask for a tree that is a hundred times as large.</summary>
    public const int MaxValues = 1_000_000;

    public static WireInput Read(ReadOnlyMemory<byte> body, WireFormat format) =>
        format == WireFormat.Json ? JsonInput.Read(body.Span) : XmlInput.Read(body);

    internal static WireInput Refused(string format, long line, long column, string what) =>
        new(null, ApiError.Invalid($"Invalid {format} at line {line}, column {column}: {what}"));
}
