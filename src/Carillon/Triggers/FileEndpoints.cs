using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Carillon.Queue;
using Carillon.Repeats;
using Carillon.Storage;
using Carillon.Wire;

namespace Carillon.Triggers;

/// <summary><c>file_upload</c>: keeps a file, so that launches can attach it by its key.</summary>
public sealed class FileEndpoints(Database database, AnswerStore answers, FileSettings settings, TimeProvider time)
{
    public async Task<ApiAnswer> Upload(ApiCall call)
    {
        var fields = new Fields(call.Body);
        var (name, data) = (fields.RequiredText("header"), fields.RequiredText("data"));
        if (fields.Error is not null) return fields.Error;
        var (read, problem) = DataUrl.Read(name, data, null);
        if (read is null) return ApiError.Invalid($"Parameter '{(problem.StartsWith("the name", StringComparison.Ordinal) ? "header" : "data")}': {problem}");
        if (read.Data.Length > settings.MaxSize) return ApiError.Invalid($"Parameter 'data': the file is larger than {settings.MaxSize} bytes");

        var now = time.GetUtcNow();
        var file = new UploadedFile(MakeKey(), read.Name, read.MediaType, call.TokenName, now.ToUnixTimeMilliseconds(), now.AddDays(settings.Keep).ToUnixTimeMilliseconds(), read.Data);
        await database.WriteAsync(session => KeepAsync(session, file, call.Once, CancellationToken.None), CancellationToken.None);
        return ApiAnswer.Ok(("data", Answer(file)));
    }

    private async Task KeepAsync(Session session, UploadedFile file, Once? call, CancellationToken cancel)
    {
        var once = await answers.OpenAsync(session, [call], cancel);
        if (once.IsRepeat(call)) return;
        await FileStore.InsertAsync(session, database, file, cancel);
        once.Keep(call, null, ("data", Answer(file)));
        await once.WriteAsync(session, cancel);
    }

    private static JsonObject Answer(UploadedFile file) => new() { ["file"] = file.Key };

    /// <summary>A random UUID (version 4), as the original gives: whoever has it may attach the file, so nobody must guess it.</summary>
    private static string MakeKey()
    {
        Span<byte> bytes = stackalloc byte[16];
        RandomNumberGenerator.Fill(bytes);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true).ToString("D");
    }
}
