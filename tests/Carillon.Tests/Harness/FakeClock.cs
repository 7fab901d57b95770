namespace Carillon.Tests.Harness;

/// <summary>A clock that stands still until a test moves it; timers that come due run inside <see cref="Advance"/>. For many threads.</summary>
public sealed class FakeClock : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<Timer> _timers = [];
    private readonly List<(TimeSpan Wait, TaskCompletionSource Signal)> _waiting = [];
    private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate) return _now;
    }

    public override long GetTimestamp() => GetUtcNow().Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, () => callback(state));
        lock (_gate) _timers.Add(timer);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Ends when somebody waits for exactly so long from now: then moving the clock wakes him.</summary>
    public Task WaitedForAsync(TimeSpan wait)
    {
        var signal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _waiting.Add((wait, signal));
            TellWaiting();
        }
        return signal.Task.WaitAsync(CarillonApp.SafetyNet);
    }

    private void TellWaiting()
    {
        foreach (var (_, signal) in _waiting.Where(waiting => _timers.Exists(timer => timer.Period is null && timer.Due == _now + waiting.Wait))) signal.TrySetResult();
        _waiting.RemoveAll(waiting => waiting.Signal.Task.IsCompleted);
    }

    public void Advance(TimeSpan by)
    {
        List<Timer> due;
        lock (_gate)
        {
            _now += by;
            due = _timers.FindAll(timer => timer.Due <= _now);
            foreach (var timer in due) timer.Due = timer.Period is { } period ? _now + period : DateTimeOffset.MaxValue;
        }
        foreach (var timer in due) timer.Run();
    }

    private void Forget(Timer timer)
    {
        lock (_gate) _timers.Remove(timer);
    }

    private sealed class Timer(FakeClock clock, Action run) : ITimer
    {
        private readonly Lock _running = new();
        private bool _disposed;

        public DateTimeOffset Due { get; set; } = DateTimeOffset.MaxValue;
        public TimeSpan? Period { get; private set; }

        /// <summary>As with a real timer, whoever disposes of it may count on no callback running after that.</summary>
        public void Run()
        {
            lock (_running)
            {
                if (!_disposed) run();
            }
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._gate)
            {
                Due = dueTime == Timeout.InfiniteTimeSpan ? DateTimeOffset.MaxValue : clock._now + dueTime;
                Period = period == Timeout.InfiniteTimeSpan ? null : period;
                clock.TellWaiting();
            }
            return true;
        }

        public void Dispose() => Stop();

        public ValueTask DisposeAsync()
        {
            Stop();
            return ValueTask.CompletedTask;
        }

        private void Stop()
        {
            clock.Forget(this);
            lock (_running) _disposed = true;
        }
    }
}
