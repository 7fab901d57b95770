namespace Carillon.Storage;

/// <summary>The store did not do it: of this transaction nothing is there. What the call had committed before stands.</summary>
public abstract class NothingDoneException(string message, Exception cause) : Exception(message, cause);

/// <summary>The database cannot be reached, or the connection broke before the commit: nothing was done.</summary>
public sealed class AwayException(Exception cause) : NothingDoneException($"The database cannot be reached; nothing was done ({cause.Message})", cause);

/// <summary>The database is there, and did not finish a statement in the time it has; nothing was done.</summary>
public sealed class TimedOutException(Exception cause) : NothingDoneException($"The database did not answer in time; nothing was done ({cause.Message})", cause);

/// <summary>The connection broke while the commit was under way: whether it was done is not known.</summary>
public sealed class UnknownOutcomeException(Exception cause) : Exception($"The connection to the database broke during the commit; whether it was done is not known ({cause.Message})", cause);
