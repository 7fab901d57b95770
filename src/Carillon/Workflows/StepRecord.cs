namespace Carillon.Workflows;

/// <summary>What a run did at a node, and why.</summary>
/// <param name="Number">From 1, without gaps.</param>
/// <param name="Version">The checksum of the graph it went by.</param>
/// <param name="Branch">The way it took; empty where it stayed or ended.</param>
/// <param name="Decision">For a person.</param>
/// <param name="MessageId">The message it sent, if it did.</param>
public sealed record StepRecord(short Shard, string RunId, int Number, string Node, string Type, long Time, string Version, string Branch, string Decision, string MessageId);
