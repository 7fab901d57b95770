using Carillon.Profiles;
using Carillon.Queue;
using Carillon.Storage;

namespace Carillon.Triggers;

/// <summary>Puts uploaded files in the place of the attachments that name them by <c>file_key</c>. A launch copies what it attaches:
/// the file may expire afterwards, the message keeps it.</summary>
public static class UploadedAttachments
{
    public static async Task<(IReadOnlyList<Attachment> Attachments, Refusal? Refusal)> ResolveAsync(
        Database database, IReadOnlyList<Attachment> attachments, TimeProvider time, CancellationToken cancel)
    {
        if (attachments.All(file => file.FileKey is null)) return (attachments, null);
        var resolved = await FileStore.ResolveAsync(database, attachments, DataUrl.MaxBytes, time.GetUtcNow().ToUnixTimeMilliseconds(), cancel);
        if (resolved.Missing is { } missing) return ([], Refusal.Invalid($"Parameter 'attach': there is no file '{ShortText.Cut(missing)}', or it has expired"));
        // A stored name may be older than the rule for names.
        if (resolved.Attachments.Select(file => DataUrl.ProblemOf(file.Name)).FirstOrDefault(problem => problem is not null) is { } wrong) return ([], Refusal.Invalid($"Parameter 'attach': {wrong}"));
        return resolved.TooLarge ? ([], Refusal.Invalid(DataUrl.TooLarge)) : (resolved.Attachments, null);
    }
}
