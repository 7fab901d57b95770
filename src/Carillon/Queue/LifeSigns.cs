namespace Carillon.Queue;

/// <summary>
/// Tells who is dead: whose count of signs has not grown for a whole lease while it was watched. Only this process's stopwatch
/// counts, so clocks that differ or jump kill nobody; and after a time without sight of the others everybody is watched anew.
/// </summary>
public sealed class LifeSigns(TimeSpan lease, TimeProvider time)
{
    private readonly Dictionary<string, (long Beat, long Since)> _seen = [];
    private long? _looked;

    /// <returns>Those who are dead, out of all that there are.</returns>
    public List<FleetNode> Look(IReadOnlyList<FleetNode> nodes)
    {
        var now = time.GetTimestamp();
        // A pause of ours, or of the database, is nobody's death.
        if (_looked is { } before && time.GetElapsedTime(before, now) > lease / 2) _seen.Clear();
        _looked = now;
        foreach (var gone in _seen.Keys.Except(nodes.Select(node => node.Id)).ToList()) _seen.Remove(gone);
        foreach (var node in nodes)
        {
            if (!_seen.TryGetValue(node.Id, out var last) || last.Beat != node.Beat) _seen[node.Id] = (node.Beat, now);
        }
        return [.. nodes.Where(node => time.GetElapsedTime(_seen[node.Id].Since, now) > lease)];
    }
}
