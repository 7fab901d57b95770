using System.Buffers;
using System.Numerics;
using Carillon.Wire;

namespace Carillon.Api;

/// <summary>Reads bodies into pooled memory, up to a limit each and a limit together.</summary>
public sealed class RequestBody(ApiSettings settings)
{
    private long _held;

    /// <summary>The body, or why it was not read. Dispose it after the tree is made.</summary>
    public async Task<(HeldBody? Body, ApiError? Error)> ReadAsync(HttpRequest request, long limit, CancellationToken cancel)
    {
        if (request.ContentLength > limit) return (null, ApiError.BodyTooLarge);
        var held = new HeldBody(this);
        var complete = false;
        try
        {
            var error = await FillAsync(held, request, limit, cancel);
            complete = error is null;
            return complete ? (held, null) : (null, error);
        }
        catch (IOException broken)
        {
            // Cut off in the middle, or too slow: the server's words say which.
            return (null, ApiError.Invalid("Invalid request", broken.Message));
        }
        finally
        {
            if (!complete) held.Dispose();
        }
    }

    private static async Task<ApiError?> FillAsync(HeldBody held, HttpRequest request, long limit, CancellationToken cancel)
    {
        // What is announced is believed up to a point: memory is taken as the bytes arrive. One byte more, so that the
        // end is seen without growing.
        if (!held.Grow((int)Math.Min(request.ContentLength ?? 4096, LargeTrees.Small / 2) + 1)) return ApiError.Busy;
        while (true)
        {
            var read = await request.Body.ReadAsync(held.Free, cancel);
            if (read == 0) return null;
            held.Length += read;
            if (held.Length > limit) return ApiError.BodyTooLarge;
            if (held.Free.Length == 0 && !held.Grow((int)Math.Min(held.Length * 2L, Array.MaxLength))) return ApiError.Busy;
        }
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
        private byte[] _buffer = [];
        private long _reserved;

        internal HeldBody(RequestBody owner) => _owner = owner;

        public ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(0, Length);
        internal int Length { get; set; }
        internal Memory<byte> Free => _buffer.AsMemory(Length);

        /// <summary>Takes a buffer of at least that size; false when the server holds too much already.</summary>
        internal bool Grow(int size)
        {
            // The pool hands out powers of two; counted is what is held, not what was asked for.
            var reserve = size <= LargeTrees.Small ? 0 : (long)BitOperations.RoundUpToPowerOf2((uint)size);
            if (reserve > 0 && !_owner.Reserve(reserve)) return false;
            var buffer = ArrayPool<byte>.Shared.Rent(size);
            Bytes.CopyTo(buffer);
            Return();
            (_buffer, _reserved) = (buffer, reserve);
            return true;
        }

        public void Dispose()
        {
            Length = 0;
            Return();
        }

        private void Return()
        {
            if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
            if (_reserved > 0) Interlocked.Add(ref _owner._held, -_reserved);
            (_buffer, _reserved) = ([], 0);
        }
    }
}
