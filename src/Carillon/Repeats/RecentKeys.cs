namespace Carillon.Repeats;

/// <summary>
/// Where the answers of recent calls stand: so a key that was never seen costs no read, and no index on disk, in which each
/// new key would dirty a page of its own. A key may be held whose answer was rolled back: the read that follows finds nothing.
/// </summary>
public sealed class RecentKeys(int most)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, long> _expiries = [];

    public int Count
    {
        get
        {
            lock (_gate) return _expiries.Count;
        }
    }

    /// <summary>False when there is no place left, or when the place is another key's, as far as can be told.</summary>
    public bool TryAdd(RepeatKey key, long expires, long now)
    {
        lock (_gate)
        {
            if (_expiries.TryGetValue(key.First, out var there) ? there > now : _expiries.Count >= most) return false;
            _expiries[key.First] = expires;
            return true;
        }
    }

    /// <summary>When the answer of a key expires, if it has one: with the key that is the place of its row.</summary>
    public long? Find(RepeatKey key)
    {
        lock (_gate) return _expiries.TryGetValue(key.First, out var expires) ? expires : null;
    }

    /// <summary>Forgets what has expired.</summary>
    public void Clean(long now)
    {
        lock (_gate)
        {
            foreach (var (key, expires) in _expiries)
            {
                if (expires <= now) _expiries.Remove(key);
            }
            // A burst long ago need not hold its memory for ever.
            if (_expiries.Capacity > 64 * 1024 && _expiries.Count < _expiries.Capacity / 8) _expiries.TrimExcess(_expiries.Count * 2);
        }
    }
}
