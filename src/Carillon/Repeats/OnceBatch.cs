using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Carillon.Storage;

namespace Carillon.Repeats;

/// <summary>
/// The repeats among the calls of one transaction: a call sees the answers that were kept before, and those of the calls
/// before it in the same batch. What is kept here is written with the rest, or not at all.
/// </summary>
/// <remarks>
/// <code>
///   OpenAsync (looks up) --> for each call: IsRepeat? --> else carry it out, Keep --> WriteAsync, in the same transaction
/// </code>
/// </remarks>
public sealed class OnceBatch
{
    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly AnswerStore _store;
    private readonly long _now;
    private readonly Dictionary<RepeatKey, KeptAnswer> _known = [];
    private readonly List<AnswerPlace> _expired = [];
    private readonly List<(Once, KeptAnswer)> _kept = [];

    internal OnceBatch(AnswerStore store, List<AnswerRow> found, long now)
    {
        (_store, _now) = (store, now);
        foreach (var row in found)
        {
            if (row.Expires > now) _known.TryAdd(row.Key, row.Answer);
            else _expired.Add(new AnswerPlace(row.Shard, row.Expires, row.Key));
        }
    }

    /// <summary>True when the call was carried out before; its <see cref="Once.Earlier"/> is then the answer. A call without a key never was.</summary>
    public bool IsRepeat(Once? call)
    {
        if (call is null) return false;
        call.Earlier = _known.GetValueOrDefault(call.Key);
        return call.Earlier is not null;
    }

    /// <summary>Carries a portion out item by item, unless that was done before. Null for a repeat of the whole call.</summary>
    public TOutcome[]? Run<TItem, TOutcome>(Portion<TItem, TOutcome> portion, Func<TItem, TOutcome> decide)
    {
        if (IsRepeat(portion.Call)) return null;
        if (IsRepeat(portion.Part)) return OutcomesOf<TOutcome>(portion.Part!) ?? throw new BegunAloneException();
        var outcomes = new TOutcome[portion.Items.Count];
        for (var i = 0; i < outcomes.Length; i++) outcomes[i] = decide(portion.Items[i]);
        if (portion.Part is not null && outcomes.Any(portion.IsDone)) Keep(portion.Part, null, ("outcomes", JsonSerializer.SerializeToNode(outcomes)));
        if (portion.Call is not null && portion.Keep(outcomes) is { } kept) Keep(portion.Call, kept.LaunchId, kept.Members);
        return outcomes;
    }

    /// <summary>What an earlier call came to with a portion; null when it began to carry its items out one by one.</summary>
    public static TOutcome[]? OutcomesOf<TOutcome>(Once part) => part.Earlier!.ReadMembers()["outcomes"].Deserialize<TOutcome[]>();

    /// <summary>Keeps the answer of a call that was carried out.</summary>
    /// <param name="members">The members of the answer beside <c>error</c> and <c>error_text</c>.</param>
    public void Keep(Once? call, string? launchId, params (string Name, JsonNode? Value)[] members)
    {
        if (call is null) return;
        var answer = new KeptAnswer(call.Checksum, launchId ?? "", new JsonObject(members.Select(member => KeyValuePair.Create(member.Name, member.Value))).ToJsonString(Compact));
        _known.Add(call.Key, answer);
        _kept.Add((call, answer));
    }

    public Task WriteAsync(Session session, CancellationToken cancel) =>
        _kept.Count == 0 ? Task.CompletedTask : _store.WriteAsync(session, _expired, _kept, _now, cancel);
}

/// <summary>The items of a portion are being carried out one by one, by this call or by its twin: as a set they could be done twice.</summary>
internal sealed class BegunAloneException() : Exception("The items of this call are carried out one by one");
