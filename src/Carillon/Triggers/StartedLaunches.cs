using Carillon.Queue;
using Carillon.Storage;

namespace Carillon.Triggers;

/// <summary>The launches that a batch of calls begins, and the tasks that carry on for their audiences.</summary>
public class StartedLaunches
{
    private readonly List<Launch> _launches = [];
    private readonly HashSet<SharedLaunch> _shared = [];
    private readonly List<StoredTask> _tasks = [];

    /// <param name="shared">It is that of a call with many items: written once.</param>
    public void Add(Launch launch, SharedLaunch? shared)
    {
        if (shared is null) _launches.Add(launch);
        else if (!shared.Stored) _shared.Add(shared);
    }

    public void Add(StoredTask task) => _tasks.Add(task);

    public async Task WriteLaunchesAsync(Session session, CancellationToken cancel)
    {
        await LaunchStore.InsertAsync(session, _launches, cancel);
        await LaunchStore.InsertSharedAsync(session, [.. _shared.Select(shared => shared.Launch)], cancel);
        foreach (var task in _tasks) await TaskStore.InsertAsync(session, task, [], cancel);
    }
}
