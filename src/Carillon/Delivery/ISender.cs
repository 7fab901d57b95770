namespace Carillon.Delivery;

/// <summary>
/// A way out of one channel. One instance per configured sender; safe to call from as many tasks at once as the sender
/// has connections (more calls wait for a free one).
/// </summary>
public interface ISender : IAsyncDisposable
{
    /// <summary>
    /// Tries once. What the other side says, or that it cannot be reached, is a result, not an exception.
    /// </summary>
    /// <exception cref="OperationCanceledException">
    /// Cancelled while it was still certain that the mail had not been handed over. Once it may have been, the
    /// answer is awaited for a few seconds and cancelling gives a result. Or recalled (<see cref="OutgoingMail.Recalled"/>) while it was
    /// on no connection.
    /// </exception>
    Task<SendResult> SendAsync(OutgoingMail mail, CancellationToken cancel);
}
