namespace Carillon.Workspace;

using CheckTemplate = Func<string, bool, (int Line, int Column, string Message)?>;

/// <summary>Reads <c>triggers</c>.</summary>
public static class ReadTriggers
{
    /// <summary>The original's kinds of trigger. Only <c>api_call</c> can be launched; the others keep their place in a file.</summary>
    private static readonly string[] Types = ["api_call", "api_import", "action", "update", "pixel", "subscribe"];

    /// <summary>In minutes: as long as a launch may wait.</summary>
    private const int MaxWait = 366 * 1440;

    public static Trigger Trigger(MapReader map, CheckTemplate check) => new()
    {
        Id = map.Int("id", 1, int.MaxValue),
        Name = map.Text("name"),
        Type = map.Word("type", "trigger type", Types, Types[0]),
        Database = map.Int("database", 1, int.MaxValue),
        Resource = map.Int("resource", 1, int.MaxValue),
        Channel = map.Word("channel", "channel", Channels.All, null),
        Template = map.Int("template", 1, int.MaxValue),
        Active = map.Bool("active", false),
        Unconditional = map.Bool("unconditional", false),
        OnUnknown = map.Word<OnUnknown>("on_unknown", "way out of the unknown", OnUnknown.Repeat),
        Description = map.LongText("description") ?? "",
        Labels = map.Texts("labels"),
        Wait = map.Int("wait", 0, MaxWait, 0),
        Mail = Mail(map, check),
    };

    private static MailOverrides? Mail(MapReader map, CheckTemplate check)
    {
        if (map.Inside("mail") is not { } mail) return null;
        var overrides = new MailOverrides
        {
            Subject = EmailKeys.Line(mail, "subject", check),
            FromEmail = EmailKeys.Address(mail, "from_email", check),
            FromName = EmailKeys.Line(mail, "from_name", check),
            ReplyToEmail = EmailKeys.Address(mail, "reply_to_email", check),
            ReplyToName = EmailKeys.Line(mail, "reply_to_name", check),
        };
        mail.Finish();
        return overrides == new MailOverrides() ? null : overrides;
    }
}
