namespace Carillon.Workspace;

/// <summary>Reads <c>senders</c>.</summary>
public static class ReadSenders
{
    private static readonly string[] Types = ["outbox", "smtp"];
    private static readonly string[] SmtpKeys =
        ["host", "port", "tls", "username", "password", "hello", "trust_any_certificate", "connect_timeout", "command_timeout", "messages_per_connection"];

    public static Sender Sender(MapReader map)
    {
        var sender = new Sender
        {
            Id = map.Int("id", 1, int.MaxValue),
            Name = map.OptionalText("name") ?? "",
            Channel = map.Word("channel", "channel", Channels.All, null),
            Type = map.Word("type", "sender type", Types, null),
            Connections = map.Int("connections", 1, 256, 8),
        };
        if (sender.Channel != Channels.Email) map.Fail("channel", $"there is no sender for {sender.Channel} yet; email is the only channel that can be sent");
        if (sender.Type == "smtp") return sender with { Smtp = Smtp(map) };
        foreach (var key in SmtpKeys.Where(map.Has)) map.Fail(key, "belongs to senders of type smtp only");
        return sender;
    }

    private static SmtpSettings Smtp(MapReader map)
    {
        var tls = map.Word<SmtpTls>("tls", "kind of TLS", SmtpTls.None);
        var username = map.OptionalText("username");
        var password = map.OptionalText("password", 1000);
        if (username is not null && password is null) map.Fail("password", "is required with a username");
        if (username is null && password is not null) map.Fail("username", "is required with a password");
        return new SmtpSettings
        {
            Host = map.Text("host"),
            Port = map.Int("port", 1, 65535, UsualPort(tls, username)),
            Tls = tls,
            Username = username,
            Password = password,
            Hello = map.OptionalText("hello"),
            TrustAnyCertificate = map.Bool("trust_any_certificate", false),
            ConnectTimeout = TimeSpan.FromSeconds(map.Int("connect_timeout", 1, 3600, 10)),
            CommandTimeout = TimeSpan.FromSeconds(map.Int("command_timeout", 1, 3600, 60)),
            MessagesPerConnection = map.Int("messages_per_connection", 1, 1_000_000, 1000),
        };
    }

    private static int UsualPort(SmtpTls tls, string? username) =>
        tls == SmtpTls.Implicit ? 465 : username is null ? 25 : 587;
}
