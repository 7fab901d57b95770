using System.Net.Sockets;
using Carillon.Bench.Children;

namespace Carillon.Bench.Scenarios;

/// <summary>Where the programs are that we are compared with. bench/rivals/prepare puts them there.</summary>
internal static class Rivals
{
    /// <summary>As large as the mails of the other scenarios.</summary>
    public const int MailBytes = 1950;

    public static string Folder { get; } = Find();

    /// <summary>A program of Postfix: installed, or unpacked beside the bench; its daemon is not needed.</summary>
    public static PostfixProgram? Postfix(string program)
    {
        var unpacked = Path.Combine(Folder, "postfix", "usr", "sbin", program);
        var installed = Path.Combine("/usr/sbin", program);
        if (File.Exists(unpacked)) return new PostfixProgram(unpacked, Path.Combine(Folder, "postfix", "usr", "lib", "postfix"), File.ReadAllText(Path.Combine(Folder, "postfix", "version")).Trim());
        return File.Exists(installed) ? new PostfixProgram(installed, null, Tool.Run("dpkg-query", "-W", "-f", "postfix ${Version}", "postfix")) : null;
    }

    public static async Task ListensAsync(int port)
    {
        for (var tried = 0; ; tried++)
        {
            try
            {
                using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync("127.0.0.1", port);
                return;
            }
            catch (SocketException) when (tried < 100)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            }
        }
    }

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Carillon.slnx"))) folder = folder.Parent ?? throw new InvalidOperationException("The bench does not run inside a checkout");
        return Path.Combine(folder.FullName, "bench", "rivals");
    }
}

/// <param name="Libraries">Where its libraries are, when it was only unpacked.</param>
internal sealed record PostfixProgram(string Path, string? Libraries, string Version)
{
    public Child Start(params string[] arguments) => Child.StartProgram(Path, arguments, Libraries is null ? [] : [("LD_LIBRARY_PATH", Libraries)]);
}
