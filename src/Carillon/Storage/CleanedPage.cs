namespace Carillon.Storage;

/// <summary>
/// Looks at the next rows of a table on a shard and removes those that are too old and that nothing needs any more, in one short transaction.
/// </summary>
/// <param name="after">Where the last page ended; empty at the beginning.</param>
/// <param name="before">Rows of this moment (milliseconds since 1970) or later stay.</param>
/// <param name="most">How many rows to look at.</param>
public delegate Task<CleanedPage> CleanPage(Database database, short shard, string after, long before, int most, CancellationToken cancel);

/// <param name="Next">Where the next page begins; null at the end of the table.</param>
/// <param name="Removed">How many rows went.</param>
public readonly record struct CleanedPage(string? Next, int Removed);
