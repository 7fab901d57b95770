using System.Security.Cryptography;
using System.Text;
using Carillon.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Carillon.Workspace;

/// <summary>
/// The workspace as this process sees it: a picture in memory that is replaced as a whole when any process changed the
/// tables, at most <see cref="Period"/> later. Everything here may be called from many threads.
/// </summary>
public sealed partial class WorkspaceSource(Database database, TimeProvider time, ILogger<WorkspaceSource>? log = null) : IHostedService, IAsyncDisposable
{
    /// <summary>Time between two looks at the version, in the background and after unknown tokens.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly ILogger _log = log ?? NullLogger<WorkspaceSource>.Instance;
    private readonly SemaphoreSlim _refreshing = new(1);
    private readonly SemaphoreSlim _missing = new(1);
    private readonly CancellationTokenSource _stopping = new();
    private volatile WorkspaceModel _current = WorkspaceModel.Empty;
    private long? _lastMiss;
    private bool _disposed;
    private Task _loop = Task.CompletedTask;

    /// <summary>Empty until the first load.</summary>
    public WorkspaceModel Current => _current;

    /// <summary>Called with the old and the new picture after each change, one call at a time and in order. Handlers must
    /// be quick and must not refresh themselves; one that throws is logged and hurts nobody.</summary>
    public event Action<WorkspaceModel, WorkspaceModel>? Changed;

    /// <summary>Loads the workspace, then keeps it fresh until it is stopped.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await LoadAsync(cancellationToken);
        var timer = new PeriodicTimer(Period, time);
        _loop = KeepFreshAsync(timer);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _loop;
    }

    public Task LoadAsync(CancellationToken cancel) => RefreshIfChangedAsync(cancel);

    /// <summary>The workspace as it is stored at this moment, for what is decided inside a transaction: another process may have changed it just before
    /// it asked for this, and <see cref="Current"/> is up to a <see cref="Period"/> old.</summary>
    public async Task<WorkspaceModel> StoredAsync(Session session, CancellationToken cancel)
    {
        var model = _current;
        // On PostgreSQL each statement sees what is committed by then: a picture counts when nothing was changed while it was read.
        while (await WorkspaceTables.VersionAsync(session, cancel) != model.Version) model = await WorkspaceTables.LoadAsync(session, cancel);
        return model;
    }

    /// <summary>True when there was something new.</summary>
    public async Task<bool> RefreshIfChangedAsync(CancellationToken cancel)
    {
        await _refreshing.WaitAsync(cancel);
        try
        {
            var old = _current;
            var fresh = await database.ReadAsync(async session =>
                await WorkspaceTables.VersionAsync(session, cancel) == old.Version ? old : await WorkspaceTables.LoadAsync(session, cancel), cancel);
            if (ReferenceEquals(fresh, old)) return false;
            _current = fresh;
            Announce(old, fresh);
            return true;
        }
        finally
        {
            _refreshing.Release();
        }
    }

    /// <summary>The token with this secret, or null. A secret that is not known makes us look for new tokens, at most once
    /// in a <see cref="Period"/>, so that one made by another process works at once.</summary>
    public async ValueTask<Token?> FindTokenAsync(string secret, CancellationToken cancel)
    {
        if (secret.Length is < TokenSecret.Shortest or > TokenSecret.Longest) return null;
        var hash = TokenSecret.HashOf(secret);
        return Find(hash) ?? await FindFreshAsync(hash, cancel);
    }

    private async Task<Token?> FindFreshAsync(string hash, CancellationToken cancel)
    {
        await _missing.WaitAsync(cancel);
        try
        {
            if (_lastMiss is null || time.GetElapsedTime(_lastMiss.Value) >= Period)
            {
                _lastMiss = time.GetTimestamp();
                await RefreshIfChangedAsync(cancel);
            }
        }
        finally
        {
            _missing.Release();
        }
        return Find(hash);
    }

    private Token? Find(string hash) =>
        _current.TokensByHash.TryGetValue(hash, out var token)
        && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(token.Hash), Encoding.ASCII.GetBytes(hash)) ? token : null;

    private async Task KeepFreshAsync(PeriodicTimer timer)
    {
        using var _ = timer;
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token)) await TryRefreshAsync();
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }

    /// <summary>While the database is away the old picture serves on; the next tick tries again.</summary>
    public async Task TryRefreshAsync()
    {
        try
        {
            await RefreshIfChangedAsync(_stopping.Token);
        }
        catch (Exception fault) when (!_stopping.IsCancellationRequested)
        {
            RefreshFailed(fault);
        }
    }

    private void Announce(WorkspaceModel old, WorkspaceModel fresh)
    {
        foreach (var handler in Delegate.EnumerateInvocationList(Changed))
        {
            try
            {
                handler(old, fresh);
            }
            catch (Exception fault)
            {
                HandlerFailed(fault);
            }
        }
    }

    /// <summary>May be called twice: a container does so with what is registered as itself and as a hosted service.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed) return;
        _disposed = true;
        await StopAsync(CancellationToken.None);
        _stopping.Dispose();
        _refreshing.Dispose();
        _missing.Dispose();
    }

    [LoggerMessage(EventId = 401, Level = LogLevel.Warning, Message = "The workspace could not be read; the last picture of it serves on")]
    private partial void RefreshFailed(Exception fault);

    [LoggerMessage(EventId = 402, Level = LogLevel.Error, Message = "A handler of a workspace change failed")]
    private partial void HandlerFailed(Exception fault);
}
