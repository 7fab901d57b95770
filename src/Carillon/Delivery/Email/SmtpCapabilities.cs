using System.Globalization;

namespace Carillon.Delivery.Email;

/// <summary>What the server said it can do, in its answer to the last EHLO.</summary>
internal sealed record SmtpCapabilities
{
    public bool StartTls { get; private init; }
    public bool Pipelining { get; private init; }
    public bool EightBitMime { get; private init; }
    public bool SmtpUtf8 { get; private init; }
    /// <summary>Whether the server knows the SIZE parameter (RFC 1870).</summary>
    public bool Size { get; private init; }
    /// <summary>In bytes; 0 is no limit.</summary>
    public long LargestMail { get; private init; }
    public bool AuthPlain { get; private init; }
    public bool AuthLogin { get; private init; }

    public static readonly SmtpCapabilities None = new();

    public static SmtpCapabilities Read(SmtpReply reply)
    {
        var read = None;
        foreach (var line in reply.Words.Split('\n').Skip(1)) // the first line is the greeting
            if (line.Length > 4) read = read.With(line[4..].Split([' ', '='], StringSplitOptions.RemoveEmptyEntries));
        return read;
    }

    /// <summary>Some old servers write <c>AUTH=PLAIN</c>; it is read like <c>AUTH PLAIN</c>.</summary>
    private SmtpCapabilities With(string[] words) => words is [var name, .. var rest]
        ? name.ToUpperInvariant() switch
        {
            "STARTTLS" => this with { StartTls = true },
            "PIPELINING" => this with { Pipelining = true },
            "8BITMIME" => this with { EightBitMime = true },
            "SMTPUTF8" => this with { SmtpUtf8 = true },
            "SIZE" => this with { Size = true, LargestMail = Number(rest) },
            "AUTH" => this with { AuthPlain = AuthPlain || Has(rest, "PLAIN"), AuthLogin = AuthLogin || Has(rest, "LOGIN") },
            _ => this,
        }
        : this;

    private static bool Has(string[] words, string word) => words.Contains(word, StringComparer.OrdinalIgnoreCase);

    private static long Number(string[] words) =>
        words is [var first, ..] && long.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
