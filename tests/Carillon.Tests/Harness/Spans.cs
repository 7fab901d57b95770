using System.Diagnostics;
using Carillon.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Carillon.Tests.Harness;

/// <summary>An exporter hears every server of its process, so these run while no other test does.</summary>
[CollectionDefinition(nameof(SpansAlone), DisableParallelization = true)]
public sealed class SpansAlone;

/// <summary>Listens to the spans of one server, and to no other in the process.</summary>
public sealed class Spans : IDisposable
{
    private readonly ActivityListener _listener;
    private readonly List<Activity> _ended = [];
    private readonly List<(Func<IReadOnlyList<Activity>, bool> Holds, TaskCompletionSource Signal)> _waiting = [];

    private Spans(ActivitySource source, ActivitySamplingResult sampling)
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = heard => ReferenceEquals(heard, source),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => sampling,
            ActivityStopped = Ended,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public static Spans Of(CarillonApp app, ActivitySamplingResult sampling = ActivitySamplingResult.AllDataAndRecorded) =>
        new(app.Services.GetRequiredService<Telemetry>().Source, sampling);

    /// <summary>Those that would be sent, in the order of their ends.</summary>
    public IReadOnlyList<Activity> All
    {
        get { lock (_ended) return [.. _ended]; }
    }

    public Activity Only(string name) => All.Where(span => span.OperationName == name).ShouldHaveSingleItem();

    /// <summary>Waits until so many spans of that name have ended.</summary>
    public Task EndedAsync(string name, int count = 1)
    {
        var signal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_ended) _waiting.Add((spans => spans.Count(span => span.OperationName == name) >= count, signal));
        Look();
        return signal.Task.WaitAsync(CarillonApp.SafetyNet);
    }

    public void Dispose() => _listener.Dispose();

    private void Ended(Activity span)
    {
        if (!span.Recorded) return;
        lock (_ended) _ended.Add(span);
        Look();
    }

    private void Look()
    {
        lock (_ended)
        {
            foreach (var (_, signal) in _waiting.Where(waiting => waiting.Holds(_ended))) signal.TrySetResult();
            _waiting.RemoveAll(waiting => waiting.Signal.Task.IsCompleted);
        }
    }
}
