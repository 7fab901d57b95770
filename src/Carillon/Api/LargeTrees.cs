namespace Carillon.Api;

/// <summary>
/// Lets only so many megabytes of large bodies (over 64 KB) have their trees in memory at once; further calls wait in line with their text. A tree may
/// take a hundred times the memory of its text, and stays until the call is answered.
/// </summary>
/// <param name="most">Megabytes. A body that is larger has all of them for itself.</param>
internal sealed class LargeTrees(int most) : IDisposable
{
    /// <summary>Bodies up to this size, in bytes, are not counted; larger ones take a place for each piece of it.</summary>
    public const int Small = 64 << 10;

    private readonly int _all = most * ((1 << 20) / Small);
    private readonly SemaphoreSlim _door = new(1);
    private readonly SemaphoreSlim _places = new(most * ((1 << 20) / Small));

    /// <summary>Dispose what is returned after the answer is made; null for a small body.</summary>
    public async ValueTask<IDisposable?> EnterAsync(long length, CancellationToken cancel)
    {
        if (length <= Small) return null;
        var held = new Places(_places);
        // One after the other: two that have half of what they need would wait for each other.
        await _door.WaitAsync(cancel);
        try
        {
            for (var needed = Math.Min(_all, (length + Small - 1) / Small); held.Count < needed; held.Count++) await _places.WaitAsync(cancel);
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
