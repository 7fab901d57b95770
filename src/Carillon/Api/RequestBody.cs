using System.Buffers;
using Carillon.Wire;

namespace Carillon.Api;

/// <summary>Reads bodies into pooled memory, up to a limit each and a limit together.</summary>
public sealed class RequestBody(ApiSettings settings)
{
    private const int Small = 1 << 20;
    private long _held;

    /// <summary>The body, or why it was not read. Dispose it after the tree is made.</summary>
    public async Task<(HeldBody? Body, ApiError? Error)> ReadAsync(HttpRequest request, long limit, CancellationToken cancel)
    {
        if (request.ContentLength > limit) return (null, ApiError.BodyTooLarge);
        var held = new HeldBody(this, (int)(request.ContentLength ?? 4096));
        if (!held.Reserved) return Dropped(held, ApiError.Busy);
        while (true)
        {
            var read = await request.Body.ReadAsync(held.Free, cancel);
            if (read == 0) return (held, null);
            held.Length += read;
            if (held.Length > limit) return Dropped(held, ApiError.BodyTooLarge);
            if (held.Free.Length == 0 && held.Length != request.ContentLength && !held.Grow()) return Dropped(held, ApiError.Busy);
        }
    }

    private static (HeldBody?, ApiError?) Dropped(HeldBody held, ApiError error)
    {
        held.Dispose();
        return (null, error);
    }

    private bool Reserve(long bytes)
    {
        if (Interlocked.Add(ref _held, bytes) <= settings.BodyMemory) return true;
        Interlocked.Add(ref _held, -bytes);
        return false;
    }

    /// <summary>A body in pooled memory.</summary>
    public sealed class HeldBody : IDisposable
    {
        private readonly RequestBody _owner;
        private byte[] _buffer;
        private long _reserved;

        internal HeldBody(RequestBody owner, int size)
        {
            _owner = owner;
            _buffer = [];
            // One byte more than announced, so that the end is seen without growing.
            Reserved = Take(size + 1);
        }

        public ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(0, Length);
        internal int Length { get; set; }
        internal bool Reserved { get; }
        internal Memory<byte> Free => _buffer.AsMemory(Length);

        internal bool Grow() => Take(_buffer.Length * 2);

        private bool Take(int size)
        {
            var reserve = size <= Small ? 0 : size;
            if (reserve > 0 && !_owner.Reserve(reserve)) return false;
            var buffer = ArrayPool<byte>.Shared.Rent(size);
            Bytes.CopyTo(buffer);
            Return();
            (_buffer, _reserved) = (buffer, reserve);
            return true;
        }

        private void Return()
        {
            if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
            if (_reserved > 0) Interlocked.Add(ref _owner._held, -_reserved);
            (_buffer, _reserved) = ([], 0);
        }

        public void Dispose() => Return();
    }
}
