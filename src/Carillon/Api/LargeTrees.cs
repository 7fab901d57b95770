namespace Carillon.Api;

/// <summary>
/// Lets only so many megabytes of large bodies (over 1 MB) have their trees in memory at once; further calls wait in line with their text. A tree may
/// take forty times the memory of its text, and stays until the call is answered.
/// </summary>
/// <param name="most">Megabytes. A body that is larger has all of them for itself.</param>
internal sealed class LargeTrees(int most) : IDisposable
{
    private const int Megabyte = 1 << 20;

    private readonly SemaphoreSlim _door = new(1);
    private readonly SemaphoreSlim _places = new(most);

    /// <summary>Dispose what is returned after the answer is made; null for a small body.</summary>
    public async ValueTask<IDisposable?> EnterAsync(long length, CancellationToken cancel)
    {
        if (length <= Megabyte) return null;
        var held = new Places(_places);
        // One after the other: two that have half of what they need would wait for each other.
        await _door.WaitAsync(cancel);
        try
        {
            for (var needed = Math.Min(most, (length + Megabyte - 1) / Megabyte); held.Count < needed; held.Count++) await _places.WaitAsync(cancel);
            return held;
        }
        catch (OperationCanceledException)
        {
            held.Dispose();
            throw;
        }
        finally
        {
            _door.Release();
        }
    }

    public void Dispose()
    {
        _door.Dispose();
        _places.Dispose();
    }

    private sealed class Places(SemaphoreSlim places) : IDisposable
    {
        public int Count { get; set; }

        public void Dispose()
        {
            if (Count > 0) places.Release(Count);
        }
    }
}
