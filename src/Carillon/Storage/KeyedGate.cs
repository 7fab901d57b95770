namespace Carillon.Storage;

/// <summary>Lets those with the same key through one after the other, and others at once.</summary>
internal sealed class KeyedGate
{
    private readonly Dictionary<string, Gate> _gates = [];

    public async Task<T> RunAsync<T>(string key, Func<Task<T>> work, CancellationToken cancel)
    {
        var gate = Enter(key);
        try
        {
            await gate.Turn.WaitAsync(cancel);
            try
            {
                return await work();
            }
            finally
            {
                gate.Turn.Release();
            }
        }
        finally
        {
            Leave(key, gate);
        }
    }

    private Gate Enter(string key)
    {
        lock (_gates)
        {
            if (!_gates.TryGetValue(key, out var gate)) _gates[key] = gate = new Gate();
            gate.Visitors++;
            return gate;
        }
    }

    private void Leave(string key, Gate gate)
    {
        lock (_gates)
        {
            if (--gate.Visitors > 0) return;
            _gates.Remove(key);
            gate.Turn.Dispose();
        }
    }

    private sealed class Gate
    {
        public SemaphoreSlim Turn { get; } = new(1);
        public int Visitors { get; set; }
    }
}
