using Carillon.Storage;

namespace Carillon.Queue;

/// <summary>
/// Does the next piece of a task inside the given transaction: everything that the piece causes, and nothing beside it, so that
/// it happens exactly once however often the process dies. Must be quick (some hundreds of items): live calls wait behind it.
/// </summary>
public delegate Task<TaskStep> RunTask(Session session, TaskTurn turn, CancellationToken cancel);

/// <summary>Tells in other rows that a task was given up, in the transaction in which it is. The task holds why, and where it stood.</summary>
public delegate Task TaskGivenUp(Session session, StoredTask task, CancellationToken cancel);

/// <summary>The kinds of tasks, each with the room's code that works on it; a written list in <c>Commands/Server.cs</c>.</summary>
public sealed class TaskKinds : Dictionary<string, RunTask>
{
    /// <summary>Called for each task of any kind that is given up.</summary>
    public TaskGivenUp GivenUp { get; init; } = static (_, _, _) => Task.CompletedTask;
}

/// <summary>A task's turn.</summary>
/// <param name="Most">The most items to do. Usually a whole piece of input; one, where a piece met with a fault.</param>
/// <param name="Fault">The item at the cursor was tried alone and failed with this: tell it as refused and go past it. A kind
/// that cannot do so throws it again; then the task is tried later.</param>
public sealed record TaskTurn(StoredTask Task, int Most, Exception? Fault);

/// <summary>What a turn did; written in the turn's own transaction.</summary>
public sealed record TaskStep
{
    /// <summary>Where the next turn goes on; null when nothing is left.</summary>
    public required string? Cursor { get; init; }
    /// <summary>How many items this turn did, the refused ones among them.</summary>
    public int Done { get; init; }
    /// <summary>What became of them, in order; a kind without items of its own tells as many as a person may want to read.</summary>
    public IReadOnlyList<TaskResult> Results { get; init; } = [];
    /// <summary>How many items there are, where that is known only now.</summary>
    public long? Total { get; init; }
    /// <summary>Why the task cannot be done to its end; with that it is failed.</summary>
    public string? Stopped { get; init; }
    /// <summary>Called after the commit; to wake a queue, say.</summary>
    public Action? Committed { get; init; }
}
