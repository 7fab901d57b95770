using System.Security.Cryptography;
using System.Text;
using Carillon.Repeats;
using Carillon.Storage;
using Carillon.Wire;

namespace Carillon.Api;

/// <summary>Sees to it that a repeated call gets the first one's answer, and is not carried out again.</summary>
public sealed class RunOnce(AnswerStore answers, Database database, ApiSettings settings, Telemetry telemetry)
{
    /// <summary>By what a repeat of the call will be known; null where repeats are not looked for.</summary>
    /// <param name="requestId">As the caller gave it, or null.</param>
    /// <param name="body">The SHA-256 of the body.</param>
    public Once? Recognise(Route route, HttpRequest request, string tokenName, string? requestId, ReadOnlySpan<byte> body)
    {
        var deduplication = settings.Deduplication;
        if (route.Repeat == Repeat.None || requestId is null && (route.Repeat == Repeat.Around || deduplication.ImplicitWindow == 0)) return null;
        // Neither a path nor a query holds a line break.
        if (requestId is null) return new Once(RepeatKey.Of("body", $"{route.Path}\n{request.QueryString.Value}\n{tokenName}", body), [], TimeSpan.FromSeconds(deduplication.ImplicitWindow));
        Span<byte> asked = stackalloc byte[SHA256.HashSizeInBytes];
        RepeatKey.Hash(route.Path, request.QueryString.Value ?? "", body, asked);
        return new Once(RepeatKey.Of("id", tokenName, Encoding.ASCII.GetBytes(requestId)), asked[..16].ToArray(), TimeSpan.FromSeconds(deduplication.Window));
    }

    public Task<ApiAnswer> RunAsync(Route route, ApiCall call) => call.Once is not { } once ? route.Endpoint(call)
        : route.Repeat == Repeat.Inside ? InsideAsync(route, call, once)
        : database.AloneAsync("call " + once.Key, () => AroundAsync(route, call, once), call.Cancel);

    private async Task<ApiAnswer> InsideAsync(Route route, ApiCall call, Once once)
    {
        // 1. This process carried it out lately.
        if (answers.IsRemembered(once) && await answers.FindAsync(once, call.Cancel)) return Told(once);

        // 2. The room looks again, in the transaction that would carry it out.
        var answer = await route.Endpoint(call);
        if (once.Earlier is not null) return Told(once);

        // 3. It was refused before it came so far; perhaps the first call was not, and things have changed since.
        return answer.Error is { Code: not 500 } && await answers.FindAsync(once, call.Cancel) ? Told(once) : answer;
    }

    private async Task<ApiAnswer> AroundAsync(Route route, ApiCall call, Once once)
    {
        if (await answers.FindAsync(once, call.Cancel)) return Told(once);
        var answer = await route.Endpoint(call);
        if (answer.Error is null) await TryKeepAsync(once, answer);
        return answer;
    }

    /// <summary>What the call did is on disk: it is answered as done, whether that could be kept or not. Doing it again does no harm.</summary>
    private async Task TryKeepAsync(Once once, ApiAnswer answer)
    {
        try
        {
            await answers.KeepAsync(once, answer.LaunchId, answer.Members);
        }
        catch (Exception fault)
        {
            RepeatsLog.AnswerNotKept(database.Logger, fault);
        }
    }

    private ApiAnswer Told(Once once)
    {
        if (once.IsOther) return ApiError.OtherRequest;
        telemetry.Repeats.Add(1);
        var earlier = once.Earlier!;
        return new ApiAnswer { Members = earlier.ReadMembers(), LaunchId = earlier.LaunchId.Length > 0 ? earlier.LaunchId : null, RepeatOf = once.Key.ToString() };
    }
}
