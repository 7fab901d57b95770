using System.Text.Json.Nodes;

namespace Carillon.Repeats;

/// <summary>
/// A call that is to be carried out once, however often it arrives. Who carries it out says so in the same transaction
/// (<see cref="OnceBatch"/>); what is carried out in several transactions does that with its <see cref="Part"/>s.
/// </summary>
/// <param name="Key">By what a repeat is recognised.</param>
/// <param name="Checksum">Of what was asked for, where the key does not tell that by itself: a key that comes again with another one is refused.</param>
/// <param name="Window">How long the answer is kept.</param>
public sealed record Once(RepeatKey Key, byte[] Checksum, TimeSpan Window)
{
    /// <summary>The answer of an earlier call, once it was looked for and found.</summary>
    public KeptAnswer? Earlier { get; internal set; }

    /// <summary>The earlier call asked for something else.</summary>
    public bool IsOther => Earlier is { } earlier && !earlier.Checksum.AsSpan().SequenceEqual(Checksum);

    /// <summary>One step of a call that takes several transactions: each is done once, and its own answer is kept.
    /// The steps of a call must be the same each time it is made.</summary>
    public Once Part(int number) => this with { Key = RepeatKey.Of("part " + number.ToString(System.Globalization.CultureInfo.InvariantCulture), "", Key.ToBytes()), Earlier = null };
}

/// <summary>What is kept of an answer: enough to give it again in any format.</summary>
/// <param name="Members">The members beside <c>error</c> and <c>error_text</c>, as JSON.</param>
/// <param name="LaunchId">Empty where nothing was launched.</param>
public sealed record KeptAnswer(byte[] Checksum, string LaunchId, string Members)
{
    public JsonObject ReadMembers() => (JsonObject)JsonNode.Parse(Members)!;
}
