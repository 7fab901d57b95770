namespace Carillon.Workspace;

using CheckTemplate = Func<string, bool, (int Line, int Column, string Message)?>;

/// <summary>Reads <c>templates</c>. Every text is checked by the template language, so a broken one is never stored.</summary>
public static class ReadTemplates
{
    public static MessageTemplate Template(MapReader map, CheckTemplate check) => new()
    {
        Id = map.Int("id", 1, int.MaxValue),
        Name = map.Text("name"),
        Description = map.LongText("description") ?? "",
        Labels = map.Texts("labels"),
        Draft = map.Bool("draft", false),
        Email = Email(map, check),
    };

    private static EmailContent? Email(MapReader map, CheckTemplate check)
    {
        if (map.Inside("channels") is not { } channels)
        {
            if (!map.Has("channels")) map.Fail("channels", "is required");
            return null;
        }
        var email = channels.Inside(Channels.Email);
        foreach (var name in Channels.All.Where(name => name != Channels.Email && channels.Has(name)))
            channels.Fail(name, $"content for {name} is not supported yet; only email is");
        channels.Finish("channel");
        if (email is not null) return Content(email, check);
        if (!channels.Has(Channels.Email)) channels.Fail(Channels.Email, "is required");
        return null;
    }

    private static EmailContent Content(MapReader map, CheckTemplate check)
    {
        var content = new EmailContent
        {
            Subject = map.Text("subject", 1000),
            Html = map.LongText("html"),
            Text = map.LongText("text"),
            FromEmail = EmailKeys.Address(map, "from_email", check),
            FromName = EmailKeys.Line(map, "from_name", check),
            ReplyToEmail = EmailKeys.Address(map, "reply_to_email", check),
            ReplyToName = EmailKeys.Line(map, "reply_to_name", check),
        };
        EmailKeys.Check(map, "subject", content.Subject, html: false, check);
        EmailKeys.Check(map, "html", content.Html, html: true, check);
        EmailKeys.Check(map, "text", content.Text, html: false, check);
        if (content.Html is null && content.Text is null) map.Fail("", "needs html or text");
        map.Finish();
        return content;
    }
}
