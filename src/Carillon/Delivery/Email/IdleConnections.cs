namespace Carillon.Delivery.Email;

/// <summary>Connections that wait for their next mail. The last one in is the first one out, so those not needed grow old and go.</summary>
internal sealed class IdleConnections : IAsyncDisposable
{
    public static readonly TimeSpan LongestIdle = TimeSpan.FromSeconds(30);
    private readonly TimeProvider time;
    private readonly ITimer timer;
    private readonly Lock gate = new();
    private readonly List<SmtpConnection> idle = []; // the oldest first
    private bool disposed;

    public IdleConnections(TimeProvider time)
    {
        this.time = time;
        timer = time.CreateTimer(_ => CloseOld(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public SmtpConnection? Take()
    {
        lock (gate)
        {
            if (idle.Count == 0) return null;
            var newest = idle[^1];
            idle.RemoveAt(idle.Count - 1);
            return newest;
        }
    }

    /// <summary>False when the sender is being closed: the connection stays with the caller, who closes it.</summary>
    public bool Put(SmtpConnection connection)
    {
        lock (gate)
        {
            if (disposed) return false;
            connection.IdleSince = time.GetTimestamp();
            idle.Add(connection);
            if (idle.Count == 1) timer.Change(LongestIdle, Timeout.InfiniteTimeSpan);
            return true;
        }
    }

    private void CloseOld()
    {
        List<SmtpConnection> old;
        lock (gate)
        {
            if (disposed) return;
            var count = idle.FindIndex(c => time.GetElapsedTime(c.IdleSince) < LongestIdle);
            old = idle.GetRange(0, count < 0 ? idle.Count : count);
            idle.RemoveRange(0, old.Count);
            if (idle.Count > 0) timer.Change(LongestIdle - time.GetElapsedTime(idle[0].IdleSince), Timeout.InfiniteTimeSpan);
        }
        foreach (var connection in old) _ = connection.CloseAsync(); // never fails; nobody has to wait for a farewell
    }

    public async ValueTask DisposeAsync()
    {
        List<SmtpConnection> rest;
        lock (gate)
        {
            if (disposed) return;
            disposed = true;
            rest = [.. idle];
            idle.Clear();
        }
        await timer.DisposeAsync();
        await Task.WhenAll(rest.Select(c => c.CloseAsync()));
    }
}
