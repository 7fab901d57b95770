namespace Carillon.Api;

/// <summary>How a call is kept from being carried out twice.</summary>
public enum Repeat
{
    /// <summary>It only reads.</summary>
    None,

    /// <summary>The room keeps the answer in the transaction of what it does: for all that launches, creates or counts.</summary>
    Inside,

    /// <summary>The answer is kept after the call, and twins wait for each other meanwhile. A crash in between lets a repeat carry it out
    /// again, so it is for calls that set something and may do so twice. Only a <c>Request-ID</c> counts: on, off, on again is no repeat.</summary>
    Around,
}
