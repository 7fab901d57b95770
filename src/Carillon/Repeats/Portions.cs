using System.Text.Json.Nodes;
using Carillon.Storage;

namespace Carillon.Repeats;

/// <summary>A call with many items.</summary>
public sealed record ManyItems<TItem, TOutcome>
{
    /// <summary>In their order. They are made while the portion before is being written, so they may cost something.</summary>
    public required IEnumerable<TItem> Items { get; init; }
    public required int Count { get; init; }
    public Once? Once { get; init; }
    /// <summary>The whole call's answer, or null when nothing of it was done.</summary>
    public required Func<IReadOnlyList<TOutcome>, Kept?> Answer { get; init; }
    /// <summary>Whether an item was carried out.</summary>
    public required Func<TOutcome, bool> IsDone { get; init; }
    /// <summary>The outcome of an item that the store objected to.</summary>
    public required Func<string, TOutcome> Fail { get; init; }
}

/// <summary>
/// Carries out a call with many items, portion by portion and in their order, so that an item sees what the items before it did, and
/// other callers write in between.
/// </summary>
/// <remarks>
/// <code>
///   portion 1 --commit--> portion 2 --commit--> ... --> the last one, with the answer of the whole call
///                (the next portion is checked while this one is written)
/// </code>
/// </remarks>
public sealed class Portions<TItem, TOutcome>(Database database, AnswerStore answers, Batcher<Portion<TItem, TOutcome>, TOutcome[]?> batcher)
{
    /// <summary>The most items of a portion.</summary>
    public const int Most = 200;

    private const string Busy = "The server is busy: this item was not carried out, try it again in a moment";
    private const string Unknown = "The connection to the store broke: nobody knows whether this item was carried out";
    private const string Fault = "Internal service error";

    /// <summary>The outcomes in the items' order, or null for a repeat, whose <see cref="Once"/> holds the answer.</summary>
    /// <exception cref="BusyException">Nothing was done.</exception>
    /// <exception cref="NothingDoneException">Nothing was done.</exception>
    public async Task<IReadOnlyList<TOutcome>?> RunAsync(ManyItems<TItem, TOutcome> call, CancellationToken cancel)
    {
        List<TOutcome> outcomes = new(call.Count);
        // All portions kept their outcomes; each item came to an outcome that a repeat may be told.
        var (kept, whole, stopped) = (true, true, false);
        using var portions = call.Items.Chunk(Most).GetEnumerator();
        var more = portions.MoveNext();
        for (var number = 0; more; number++)
        {
            var portion = PortionOf(call, portions.Current, number, whole ? outcomes : null);
            // What was begun is carried out to its end, whether the caller waits or not.
            var writing = stopped ? Task.FromException<TOutcome[]?>(new BusyException()) : batcher.RunAsync(portion, number == 0 ? cancel : CancellationToken.None);
            more = portions.MoveNext();
            try
            {
                if (await writing is not { } written) return null;
                outcomes.AddRange(written);
            }
            catch (Exception refused) when (number > 0 && refused is BusyException or NothingDoneException)
            {
                (whole, stopped) = (false, true);
                outcomes.AddRange(portion.Items.Select(_ => call.Fail(Busy)));
            }
            catch (Exception objection) when (objection is not (BusyException or NothingDoneException or OperationCanceledException))
            {
                (kept, whole) = (false, whole && objection is not UnknownOutcomeException);
                if (await OneByOneAsync(call, portion, objection) is not { } alone) return null;
                outcomes.AddRange(alone);
            }
        }
        // What was not carried out, or nobody knows, a repeat finds out by its parts.
        if (!kept && whole && call.Once is { } once && call.Answer(outcomes) is { } answer) await TryKeepAsync(once, answer);
        return outcomes;
    }

    /// <summary>The call is carried out, and its caller is told what came of it, whether that could be kept or not.</summary>
    private async Task TryKeepAsync(Once once, Kept answer)
    {
        try
        {
            await answers.KeepAsync(once, answer.LaunchId, new JsonObject(answer.Members.Select(member => KeyValuePair.Create(member.Name, member.Value))));
        }
        catch (Exception fault)
        {
            RepeatsLog.AnswerNotKept(database.Logger, fault);
        }
    }

    /// <param name="before">The outcomes of the portions before; null when the call's answer is not to be kept.</param>
    private static Portion<TItem, TOutcome> PortionOf(ManyItems<TItem, TOutcome> call, TItem[] items, int number, List<TOutcome>? before) => new(items)
    {
        Call = call.Once, Part = call.Once?.Part(number), IsDone = call.IsDone,
        Keep = outcomes => before is not null && before.Count + items.Length == call.Count ? call.Answer([.. before, .. outcomes]) : null,
    };

    /// <summary>The database itself objected: only the guilty item fails. Null when a twin has answered the whole call meanwhile.</summary>
    private async Task<IReadOnlyList<TOutcome>?> OneByOneAsync(ManyItems<TItem, TOutcome> call, Portion<TItem, TOutcome> portion, Exception objection)
    {
        if (portion.Items.Count == 1 || objection is UnknownOutcomeException) return [.. portion.Items.Select(_ => Fail(call, objection))];
        List<TOutcome> outcomes = [];
        try
        {
            // The batcher tells what a twin did, to whoever listens to commits too.
            if (portion.Part is { } part && await WasDoneAsSetAsync(part)) return await batcher.RunAsync(portion, CancellationToken.None);
            foreach (var (index, item) in portion.Items.Index())
            {
                if (await AloneAsync(call, new([item]) { Call = portion.Call, Part = portion.Part?.Part(index), IsDone = call.IsDone, Keep = _ => null }) is not { } told) return null;
                outcomes.AddRange(told);
            }
        }
        catch (Exception fault)
        {
            // Not even the mark can be written.
            outcomes.AddRange(portion.Items.Skip(outcomes.Count).Select(_ => Fail(call, fault)));
        }
        return outcomes;
    }

    /// <summary>Marks the portion, so that no repeat and no twin carries it out as a set; true when one has done so just before.</summary>
    private async Task<bool> WasDoneAsSetAsync(Once part)
    {
        await answers.KeepAsync(part, null, new JsonObject { ["alone"] = true });
        return await answers.FindAsync(part, CancellationToken.None) && OnceBatch.OutcomesOf<TOutcome>(part) is not null;
    }

    private async Task<TOutcome[]?> AloneAsync(ManyItems<TItem, TOutcome> call, Portion<TItem, TOutcome> item)
    {
        try
        {
            return await batcher.RunAsync(item, CancellationToken.None);
        }
        catch (Exception alone)
        {
            return [Fail(call, alone)];
        }
    }

    private TOutcome Fail(ManyItems<TItem, TOutcome> call, Exception objection)
    {
        RepeatsLog.ItemFailed(database.Logger, objection);
        return call.Fail(objection switch { BusyException or NothingDoneException => Busy, UnknownOutcomeException => Unknown, _ => Fault });
    }
}
