namespace Carillon.Delivery.Email;

/// <summary>
/// The connection is of no use any more: it was lost, it was too slow, or what came over it is not SMTP. The message is a
/// sentence for the attempt's row.
/// </summary>
internal sealed class BrokenWireException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The other side had closed or reset it, as against being slow or talking nonsense.</summary>
    public bool Lost { get; init; }
}
