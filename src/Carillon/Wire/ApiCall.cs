using System.Text.Json.Nodes;
using Carillon.Repeats;

namespace Carillon.Wire;

/// <summary>One call as an endpoint sees it: who calls and with which parameters; JSON or XML no longer matters.</summary>
public sealed record ApiCall(string TokenName, string RequestId, JsonObject Body, CancellationToken Cancel)
{
    /// <summary>For the calls that change or launch: what the room that carries them out must keep the answer under, in the same
    /// transaction. Null for those that read, and where repeats are not recognised.</summary>
    public Once? Once { get; init; }
}

/// <summary>What an endpoint says: the members beside <c>error</c> and <c>error_text</c>, or an error.</summary>
public sealed record ApiAnswer
{
    /// <summary>The text of error 0.</summary>
    public const string Success = "Successful operation";

    public ApiError? Error { get; init; }
    public JsonObject Members { get; init; } = [];
    /// <summary>Sent as the header <c>Launch-ID</c>; null where nothing was launched.</summary>
    public string? LaunchId { get; init; }
    /// <summary>Under which key this answer was kept when it was first given; null for an answer that is no repeat.</summary>
    public string? RepeatOf { get; init; }

    public static ApiAnswer Ok(params (string Name, JsonNode? Value)[] members)
    {
        var answer = new ApiAnswer();
        foreach (var (name, value) in members) answer.Members.Add(name, value);
        return answer;
    }

    public static implicit operator ApiAnswer(ApiError error) => new() { Error = error };
}
