using Carillon.Profiles;
using Carillon.Queue;
using Carillon.Repeats;
using Carillon.Storage;

namespace Carillon.Triggers;

/// <summary>
/// What the items of a call name and the store knows: uploaded files, and whom a filter finds. It is looked up before any of them is carried
/// out, for a search may be long and nobody should wait behind it.
/// </summary>
public sealed class ResolveItems(Database database, FindProfiles find, TimeProvider time)
{
    /// <summary>Of the files that items have of their own, and of those of the call in the launches that items have of their own.</summary>
    private const long MaxCopiedBytes = 100 << 20;

    /// <summary>So many filters of a call may look at every profile; those that are looked up are not counted.</summary>
    private const int MaxLooksAtAll = 10;

    /// <summary>The call and its items with what was found, or why it cannot be carried out at all.</summary>
    public async Task<(ResolvedItems<TRequest>? Resolved, Refusal? Refusal)> RunAsync<TRequest>(BulkLaunch<TRequest> call, IReadOnlyList<BulkItem> items, CancellationToken cancel) where TRequest : LaunchRequest
    {
        var (shared, wrong) = await UploadedAttachments.ResolveAsync(database, call.Launch.Attachments, time, cancel);
        if (wrong is not null) return (null, wrong);
        List<BulkItem> resolved = new(items.Count);
        var ofCall = shared.Sum(file => (long)file.Data.Length);
        var (copied, looks, left) = (0L, 0, 0);
        foreach (var given in items)
        {
            var item = await AttachAsync(given, cancel);
            if (item.HasOwn) copied += item.Attachments?.Sum(file => (long)file.Data.Length) ?? ofCall;
            if (copied > MaxCopiedBytes) return (null, Refusal.Invalid("Parameter 'attach': each item with a content or files of its own gets copies, which would be larger than 100 MB together"));

            // A portion is one transaction: no more profiles in it than a single call may have.
            if (resolved.Count % Portions<TRequest, LaunchOutcome>.Most == 0) left = Audience.MaxAtOnce;
            if (item.CustomRequest is { } document)
            {
                var (query, problem) = Audience.Parse(document, call.Database);
                if (query is { Keys: null } && ++looks > MaxLooksAtAll) problem = $"a call may hold {MaxLooksAtAll} filters that look at every profile, and this is one more; filter by an indexed field, or start it by itself";
                if (problem.Length > 0) item = BulkItem.Refused(Audience.Refused(problem));
                else item = item with { Found = await find.RunAsync(query!, left, Audience.Patience, cancel) };
                left -= item.Found?.Ids.Count ?? 0;
            }
            resolved.Add(item);
        }
        return (new ResolvedItems<TRequest>(call.WithFiles(shared), resolved), null);
    }

    private async Task<BulkItem> AttachAsync(BulkItem item, CancellationToken cancel)
    {
        if (item.Attachments is null) return item;
        var (files, refusal) = await UploadedAttachments.ResolveAsync(database, item.Attachments, time, cancel);
        return refusal is null ? item with { Attachments = files } : new BulkItem { Refusal = refusal };
    }
}

/// <summary>A call with many items, ready to be carried out.</summary>
public sealed record ResolvedItems<TRequest>(BulkLaunch<TRequest> Call, IReadOnlyList<BulkItem> Items) where TRequest : LaunchRequest;
