using Carillon.Queue;

namespace Carillon.Workflows;

/// <summary>Wakes the engine when runs or happenings were committed in this process, and tells it on which shards.</summary>
public sealed class RunSignal
{
    private const int Engine = 0;

    private readonly QueueSignal _signal = new();

    public void Wake(short shard) => _signal.Wake(Engine, shard);

    /// <summary>The shards it was woken for, or none after <paramref name="longest"/>: then any may have something.</summary>
    public Task<IReadOnlyList<short>> WaitAsync(TimeSpan longest, TimeProvider time, CancellationToken cancel) => _signal.WaitAsync(Engine, longest, time, cancel);
}
