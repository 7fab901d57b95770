namespace Carillon.Triggers;

/// <summary>Settings under <c>Files:</c>, as environment <c>CARILLON_FILES__...</c>: the files that <c>file_upload</c> keeps.</summary>
public sealed record FileSettings
{
    /// <summary>How long an uploaded file can be attached, in days. Default 30.</summary>
    public int Keep { get; init; } = 30;

    /// <summary>The largest file in bytes. Default 50 MB, as much as one launch may attach.</summary>
    public long MaxSize { get; init; } = DataUrl.MaxBytes;

    /// <summary>What is wrong with the settings, or null.</summary>
    public string? Problem() => this switch
    {
        { Keep: < 1 or > 3650 } => "Files:Keep must be between 1 and 3650 days",
        { MaxSize: < 1 or > DataUrl.MaxBytes } => $"Files:MaxSize must be between 1 byte and {DataUrl.MaxBytes >> 20} MB",
        _ => null,
    };
}
