using System.Text;
using Carillon.Workspace;

namespace Carillon.Delivery.Email;

/// <summary>AUTH PLAIN (RFC 4616), else AUTH LOGIN, whichever the server offers.</summary>
internal static class SmtpLogin
{
    /// <summary>
    /// Signs in if there is a user name. Null when that went well. A refused password is worth a retry: it is the operator's
    /// setting that is wrong, not the message.
    /// </summary>
    public static async Task<SendResult?> SignInAsync(SmtpSettings settings, SmtpCapabilities server, Func<string, Task<SmtpReply>> ask)
    {
        if (settings.Username is not { Length: > 0 } name) return null;
        var password = settings.Password ?? "";
        if (name.Contains('\0', StringComparison.Ordinal) || password.Contains('\0', StringComparison.Ordinal))
            return new(SendOutcome.Retry, "The user name or password has a NUL in it, which AUTH cannot carry.", null);
        if (server.AuthPlain) return Verdict(await ask($"AUTH PLAIN {InBase64($"\0{name}\0{password}")}"));
        if (!server.AuthLogin) return new(SendOutcome.Retry, "The server offers neither AUTH PLAIN nor AUTH LOGIN.", null);
        foreach (var step in new[] { "AUTH LOGIN", InBase64(name) })
            if (await ask(step) is { Code: not 334 } reply) return reply.As(SendOutcome.Retry);
        return Verdict(await ask(InBase64(password)));
    }

    private static SendResult? Verdict(SmtpReply reply) => reply.Accepts ? null : reply.As(SendOutcome.Retry);

    private static string InBase64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
