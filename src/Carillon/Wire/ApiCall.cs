using System.Text.Json.Nodes;

namespace Carillon.Wire;

/// <summary>One call as an endpoint sees it: who calls and with which parameters; JSON or XML no longer matters.</summary>
public sealed record ApiCall(string TokenName, string RequestId, JsonObject Body, CancellationToken Cancel);

/// <summary>What an endpoint says: the members beside <c>error</c> and <c>error_text</c>, or an error.</summary>
public sealed record ApiAnswer
{
    public ApiError? Error { get; init; }
    public JsonObject Members { get; init; } = [];
    /// <summary>Sent as the header <c>Launch-ID</c>; null where nothing was launched.</summary>
    public string? LaunchId { get; init; }

    public static ApiAnswer Ok(params (string Name, JsonNode? Value)[] members)
    {
        var answer = new ApiAnswer();
        foreach (var (name, value) in members) answer.Members.Add(name, value);
        return answer;
    }

    public static implicit operator ApiAnswer(ApiError error) => new() { Error = error };
}
