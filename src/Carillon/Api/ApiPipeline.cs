using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Carillon.Storage;
using Carillon.Triggers;
using Carillon.Wire;
using Carillon.Workspace;

namespace Carillon.Api;

/// <summary>An endpoint of the API: parameters in, members of the answer out.</summary>
public delegate Task<ApiAnswer> ApiEndpoint(ApiCall call);

/// <summary>
/// What every call of <c>/api/v1.1</c> goes through.
/// </summary>
/// <remarks>
/// <code>
///   Request-ID -- content type -- body -- tree -- token -- repeat? -- endpoint -- answer
/// </code>
/// Each step may end the call with an error; the answer is written in one place.
/// </remarks>
public sealed partial class ApiPipeline(WorkspaceSource workspace, RunOnce once, ApiSettings settings, Telemetry telemetry, Ids ids, TimeProvider time, ILogger<ApiPipeline> logger) : IDisposable
{
    private readonly RequestBody _bodies = new(settings);
    private readonly LargeTrees _trees = new(settings.LargeBodies);

    public void Dispose() => _trees.Dispose();

    public Task RunAsync(HttpContext context, Route route) =>
        RunAsync(context, route.Path, new AnswerFormat(context.Request), (requestId, format) => CallAsync(context, route, requestId, format), route.Flat);

    /// <summary>A call whose URL is the right to make it. A GET has no body, and is answered in JSON unless the URL asks for XML.</summary>
    /// <param name="link">Who holds another one is another caller: its <c>Request-ID</c>s are its own.</param>
    public Task RunLinkAsync(HttpContext context, string path, string link, ApiEndpoint endpoint) =>
        RunAsync(context, "trg", new AnswerFormat(context.Request, bare: IsBare(context.Request)), (requestId, format) =>
            FollowAsync(context, new Route(path, endpoint, Repeat.Inside, Files.None), link, requestId, format));

    private async Task RunAsync(HttpContext context, string path, AnswerFormat format, Func<(string? Given, string Named), AnswerFormat, Task<ApiAnswer>> call, bool flat = false)
    {
        var started = time.GetTimestamp();
        var request = context.Request;
        using var span = CallSpan.Start(telemetry, path, request);

        // 1. Name the request, for the answer and the log.
        var (givenId, wrongId) = ReadRequestId(request);
        var requestId = givenId ?? ids.New(0);
        context.Response.Headers["Request-ID"] = requestId;

        // 2. Carry it out.
        ApiAnswer answer;
        try
        {
            answer = wrongId ?? await call((givenId, requestId), format);
        }
        catch (BusyException)
        {
            answer = ApiError.Busy;
        }
        catch (AwayException)
        {
            answer = ApiError.StoreAway;
        }
        catch (TimedOutException)
        {
            answer = ApiError.StoreSlow;
        }
        catch (UnknownOutcomeException)
        {
            answer = ApiError.OutcomeUnknown;
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller is gone. What was taken in is carried out all the same; nobody reads the answer.
            return;
        }
        catch (Exception fault)
        {
            LogFault(path, requestId, fault);
            answer = StoreFaults.IsFull(fault) ? ApiError.StoreFull : ApiError.Internal;
        }

        // 3. Say what came of it.
        WriteHeaders(context.Response.Headers, answer);
        if (flat) await WriteTextAsync(context.Response, answer);
        else await WriteAsync(context.Response, answer, format.Chosen);
        Count(path, started, answer.Error);
        CallSpan.End(span, context.Response, requestId, answer.LaunchId, answer.Error?.Code ?? 0);
    }

    /// <summary>Says that there is no such method, whoever asks and however.</summary>
    public async Task RefuseAsync(HttpContext context)
    {
        var (request, started) = (context.Request, time.GetTimestamp());
        context.Response.Headers["Request-ID"] = ReadRequestId(request).Id ?? ids.New(0);
        var refused = ApiError.NoSuchMethod(request.Method, ShortText.Cut(request.Path.Value ?? "", 200));
        await WriteAsync(context.Response, refused, new AnswerFormat(request).Chosen);
        Count("unknown", started, refused);
    }

    private async Task<ApiAnswer> CallAsync(HttpContext context, Route route, (string? Given, string Named) requestId, AnswerFormat format)
    {
        var request = context.Request;
        if (format.OfRequest is null && !route.Flat) return ApiError.UnsupportedContentType(request.ContentType);

        using var read = await ReadAsync(request, route, format, context.RequestAborted);
        if (read.Root is not { } root) return read.Error!;
        format.OfBody(root["format"]);
        if (read.Length > settings.MaxBody && !FilesOfBody.Has(root, route.Files)) return ApiError.BodyTooLarge;

        var (token, refused) = await FindTokenAsync(request, root, context.RequestAborted);
        if (token is null) return refused!;
        return await once.RunAsync(route, new ApiCall(token.Name, requestId.Named, root, context.RequestAborted)
        {
            Once = once.Recognise(route, request, token.Name, requestId.Given, read.Hash),
        });
    }

    private async Task<ApiAnswer> FollowAsync(HttpContext context, Route route, string link, (string? Given, string Named) requestId, AnswerFormat format)
    {
        var request = context.Request;
        if (format.OfRequest is null && !IsBare(request)) return ApiError.UnsupportedContentType(request.ContentType);
        using var read = IsBare(request) ? new ReadBody([], 0, [], null, null) : await ReadAsync(request, route, format, context.RequestAborted);
        if (read.Root is not { } root) return read.Error!;
        if (!IsBare(request)) format.OfBody(root["format"]);
        return await once.RunAsync(route, new ApiCall(LinkEndpoints.TokenName, requestId.Named, root, context.RequestAborted)
        {
            Once = once.Recognise(route, request, $"{LinkEndpoints.TokenName} {link}", requestId.Given, read.Hash),
        });
    }

    private static bool IsBare(HttpRequest request) => HttpMethods.IsGet(request.Method) || request.ContentLength == 0;

    private async Task<ReadBody> ReadAsync(HttpRequest request, Route route, AnswerFormat format, CancellationToken cancel)
    {
        var (body, unread) = await _bodies.ReadAsync(request, route.Files == Files.None ? settings.MaxBody : settings.MaxBodyWithFiles, cancel);
        if (body is null) return new ReadBody(null, 0, [], unread, null);
        using (body)
        {
            var place = await _trees.EnterAsync(body.Bytes.Length, cancel);
            WireInput input;
            try
            {
                input = route.Flat ? FlatBody.Read(request, body.Bytes) : WireInput.Read(body.Bytes, format.OfRequest!.Value);
            }
            catch
            {
                place?.Dispose();
                throw;
            }
            return new ReadBody(input.Root, body.Bytes.Length, route.Repeat != Repeat.None && input.Root is not null ? SHA256.HashData(body.Bytes.Span) : [], input.Error, place);
        }
    }

    /// <summary>What was read, or why it was not.</summary>
    /// <param name="Place">Given back when the call ends.</param>
    private sealed record ReadBody(JsonObject? Root, long Length, byte[] Hash, ApiError? Error, IDisposable? Place) : IDisposable
    {
        public void Dispose() => Place?.Dispose();
    }

    /// <summary>The header wins, then the body, then the URL.</summary>
    private async Task<(Token? Token, ApiError? Error)> FindTokenAsync(HttpRequest request, JsonObject root, CancellationToken cancel)
    {
        var secret = TokenHeader.Read(request) ?? (root["token"] is JsonValue given && given.TryGetValue<string>(out var text) && text.Length > 0 ? text : null) ?? request.Query["token"].FirstOrDefault();
        if (string.IsNullOrEmpty(secret)) return (null, ApiError.TokenMissing);
        var token = await workspace.FindTokenAsync(secret, cancel);
        return token is null ? (null, ApiError.TokenWrong) : (token, null);
    }

    /// <summary>The id that the caller gave the request; null when it gave none, or one that cannot be taken.</summary>
    private static (string? Id, ApiError? Error) ReadRequestId(HttpRequest request)
    {
        var given = request.Headers["Request-ID"].FirstOrDefault() ?? request.Headers["X-Request-ID"].FirstOrDefault();
        if (string.IsNullOrEmpty(given)) return (null, null);
        return given.Length <= 255 && given.All(char.IsAscii) && !given.Any(char.IsControl)
            ? (given, null)
            : (null, ApiError.Invalid("The header Request-ID must have at most 255 printable ASCII characters"));
    }

    private static void WriteHeaders(IHeaderDictionary headers, ApiAnswer answer)
    {
        if (answer.LaunchId is { } launchId) headers["Launch-ID"] = launchId;
        if (answer.RepeatOf is not { } key) return;
        headers["Duplicate-Request"] = "true";
        headers["Duplicate-Key"] = key;
    }

    private async Task WriteAsync(HttpResponse response, ApiAnswer answer, WireFormat format)
    {
        response.StatusCode = Status(answer.Error?.Code ?? 0);
        response.ContentType = format == WireFormat.Json ? "application/json; charset=utf-8" : "application/xml; charset=utf-8";
        // With its length known the answer leaves in one write; in chunks the end would be a second one.
        var body = new ArrayBufferWriter<byte>(512);
        AnswerWriter.Write(body, answer, format);
        response.ContentLength = body.WrittenCount;
        // A caller who is gone is no fault: then nothing is sent, and nobody is told.
        await response.BodyWriter.WriteAsync(body.WrittenMemory, CancellationToken.None);
    }

    /// <summary>The answer of quick import: a sentence, with a real HTTP status.</summary>
    private static Task WriteTextAsync(HttpResponse response, ApiAnswer answer)
    {
        response.StatusCode = answer.Error?.Code switch
        {
            null => 200,
            401 or 403 => 403,
            409 or 435 => 409,
            402 or 404 or 500 => answer.Error.Code,
            _ => 400,
        };
        response.ContentType = "text/plain; charset=utf-8";
        var text = Encoding.UTF8.GetBytes((answer.Error?.Text ?? "Successful operation") + "\n");
        response.ContentLength = text.Length;
        return response.Body.WriteAsync(text, CancellationToken.None).AsTask();
    }

    private void Count(string route, long started, ApiError? error) => telemetry.HttpSeconds.Record(time.GetElapsedTime(started).TotalSeconds,
        new KeyValuePair<string, object?>("route", route), new KeyValuePair<string, object?>("error", error?.Code ?? 0));

    /// <summary>435, 440, 441 and 450 are the original's own numbers and no HTTP status; they are told as 400.</summary>
    private int Status(int error)
    {
        if (error == 0 || settings.HttpStatus == "ok") return 200;
        return error is 435 or 440 or 441 or 450 ? 400 : error;
    }

    [LoggerMessage(EventId = 101, Level = LogLevel.Error, Message = "{Route} failed, request {RequestId}")]
    private partial void LogFault(string route, string requestId, Exception fault);

    /// <summary>The format of the answer: <c>format</c> in the body or the URL, else Accept, else the request's own.</summary>
    private sealed class AnswerFormat(HttpRequest request, bool bare = false)
    {
        private readonly WireFormat? _asked = WireFormats.OfName(request.Query["format"].FirstOrDefault());
        private readonly WireFormat? _accepted = bare ? null : WireFormats.OfAccept(request.Headers.Accept.FirstOrDefault());
        private WireFormat? _ofBody;

        /// <summary>The format of the request; null when it is neither JSON nor XML.</summary>
        public WireFormat? OfRequest { get; } = WireFormats.OfContentType(request.ContentType);

        public WireFormat Chosen => _ofBody ?? _asked ?? _accepted ?? OfRequest ?? WireFormat.Json;

        public void OfBody(JsonNode? parameter) => _ofBody = parameter is JsonValue value && value.TryGetValue<string>(out var name) ? WireFormats.OfName(name) : null;
    }
}
