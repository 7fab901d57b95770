using System.Buffers.Binary;
using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Carillon.Tests.Delivery.Email;

/// <summary>The independent reader: Python's <c>email</c> package, one process for many mails.</summary>
internal static class PythonReader
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public static async Task<List<ReadMail>> ReadAsync(IReadOnlyList<ReadOnlyMemory<byte>> mails)
    {
        using var python = Start();
        var output = python.StandardOutput.ReadToEndAsync();
        var error = python.StandardError.ReadToEndAsync();
        var input = python.StandardInput.BaseStream;
        var length = new byte[4];
        foreach (var mail in mails)
        {
            BinaryPrimitives.WriteInt32BigEndian(length, mail.Length);
            await input.WriteAsync(length);
            await input.WriteAsync(mail);
        }
        python.StandardInput.Close();
        var lines = (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await python.WaitForExitAsync();
        lines.Length.ShouldBe(mails.Count, await error);
        return [.. lines.Select(line => JsonSerializer.Deserialize<ReadMail>(line, Json)!)];
    }

    private static Process Start()
    {
        var start = new ProcessStartInfo("python3", [Script()])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PYTHONIOENCODING"] = "utf-8";
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new InvalidOperationException("This test reads our mails with Python: install python3 (./test installs it).", e);
        }
    }

    private static string Script([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "read_mail.py");
}

internal sealed record ReadMail(
    string[][] Headers, Dictionary<string, string[][]> Addresses, string Tree, ReadPart[] Parts, string[] Defects)
{
    public string Header(string name) => Headers.Single(h => h[0] == name)[1];
}

internal sealed record ReadPart(string Type, string[] Headers, string? Charset, string? Disposition, string? Filename, byte[] Payload);
