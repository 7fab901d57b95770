using Carillon.Repeats;

namespace Carillon.Api;

/// <summary>Settings under <c>Api:</c>, as environment <c>CARILLON_API__...</c>.</summary>
public sealed record ApiSettings
{
    /// <summary><c>ok</c> (default): the HTTP status is 200 also for errors, as clients of the original expect.
    /// <c>mirror</c>: the status is the error's number where that is an HTTP status.</summary>
    public string HttpStatus { get; init; } = "ok";

    /// <summary>The largest body in bytes. Default 10 MB.</summary>
    public long MaxBody { get; init; } = 10 << 20;

    /// <summary>The largest body of a call with attachments, in bytes. Default 100 MB.</summary>
    public long MaxBodyWithFiles { get; init; } = 100 << 20;

    /// <summary>How many bytes of large bodies (over 64 KB) may be held at once; further ones are turned away. Default 512 MB.</summary>
    public long BodyMemory { get; init; } = 512 << 20;

    /// <summary>How many megabytes of large bodies (over 64 KB, counted in pieces of 64 KB) are worked on at once; further calls wait in line. Default 20.</summary>
    public int LargeBodies { get; init; } = 20;

    /// <summary>How repeated calls are recognised.</summary>
    public RepeatSettings Deduplication { get; init; } = new();

    /// <summary>What is wrong with the settings, or null.</summary>
    public string? Problem() => this switch
    {
        { HttpStatus: not ("ok" or "mirror") } => $"Api:HttpStatus is '{HttpStatus}', but must be ok or mirror",
        { MaxBody: < 1024 or > 1L << 30 } => "Api:MaxBody must be between 1 KB and 1 GB",
        { MaxBodyWithFiles: < 1024 or > 1L << 30 } => "Api:MaxBodyWithFiles must be between 1 KB and 1 GB",
        { LargeBodies: < 1 or > 100_000 } => "Api:LargeBodies must be between 1 and 100000 MB",
        { BodyMemory: < 1 << 20 } => "Api:BodyMemory must be at least 1 MB",
        _ => Deduplication.Problem(),
    };
}
