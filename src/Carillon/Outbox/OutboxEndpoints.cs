using System.Text.Json.Nodes;
using Carillon.Outbox.Mime;
using Carillon.Storage;

namespace Carillon.Outbox;

/// <summary>The built-in mailbox: its page, and what the page asks for.</summary>
public static class OutboxEndpoints
{
    private const int MostMails = 100;

    public static void Map(RouteGroupBuilder outbox)
    {
        outbox.AddEndpointFilter(OutboxHeaders.Set);
        outbox.AddEndpointFilter<RouteGroupBuilder, OutboxAccess>();
        OutboxPage.Map(outbox);
        outbox.MapGet("/events", (HttpContext context, OutboxEvents events) => events.ListenAsync(context));
        outbox.MapGet("/mails", List);
        outbox.MapGet("/mails/{number:long}", Show);
        outbox.MapGet("/mails/{number:long}/html", ShowHtml);
        outbox.MapGet("/mails/{number:long}/source", ShowSource);
        outbox.MapGet("/mails/{number:long}/attachments/{index:int}", SaveAttachment);
    }

    /// <summary>Newest first. <c>before</c> is the number of the last mail that is known already.</summary>
    private static async Task<IResult> List(OutboxStore store, CancellationToken cancel, long before = long.MaxValue, int limit = 50)
    {
        if (limit is < 1 or > MostMails) return Results.Problem($"'limit' must be between 1 and {MostMails}", statusCode: 400);
        var mails = await store.ListAsync(before, limit, cancel);
        return Results.Json(new JsonObject { ["mails"] = new JsonArray([.. mails.Select(mail => (JsonNode)Summary(mail))]) });
    }

    private static async Task<IResult> Show(long number, OutboxStore store, CancellationToken cancel)
    {
        if (await store.FindAsync(number, cancel) is not { } kept) return Gone();
        var mail = MailReader.Read(kept.Source);
        var shown = Summary(kept.Mail);
        shown["headers"] = new JsonArray([.. mail.Headers.All.Select(header => (JsonNode)new JsonObject { ["name"] = header.Name, ["value"] = MailReader.Decoded(header.Value) })]);
        shown["text"] = mail.Text?.ReadText();
        shown["html"] = mail.Html is not null;
        shown["remote_images"] = mail.Html is { } html && MailHtml.HasRemoteImages(html.ReadText());
        shown["files"] = new JsonArray([.. mail.Attachments.Select(file => (JsonNode)new JsonObject { ["name"] = Name(file), ["media_type"] = file.MediaType, ["size"] = file.Size })]);
        return Results.Json(shown);
    }

    private static async Task<IResult> ShowHtml(long number, HttpContext context, OutboxStore store, CancellationToken cancel, bool images = false)
    {
        if (await store.FindAsync(number, cancel) is not { } kept || MailReader.Read(kept.Source).Html is not { } html) return Gone();
        context.Response.Headers.ContentSecurityPolicy = OutboxHeaders.MailPolicy(images);
        return Results.Text(MailHtml.ForTheFrame(html.ReadText()), "text/html; charset=utf-8");
    }

    private static async Task<IResult> ShowSource(long number, OutboxStore store, CancellationToken cancel, bool save = false)
    {
        if (await store.FindAsync(number, cancel) is not { } kept) return Gone();
        return save ? Results.Bytes(kept.Source, "application/octet-stream", $"mail-{number}.eml") : Results.Bytes(kept.Source, "text/plain; charset=utf-8");
    }

    /// <summary>Always to be saved, and of no type that a browser would show: nobody knows what is in it.</summary>
    private static async Task<IResult> SaveAttachment(long number, int index, OutboxStore store, CancellationToken cancel)
    {
        if (await store.FindAsync(number, cancel) is not { } kept) return Gone();
        var files = MailReader.Read(kept.Source).Attachments;
        return index >= 0 && index < files.Count ? Results.Bytes(files[index].ReadBytes(), "application/octet-stream", Name(files[index])) : Gone();
    }

    private static JsonObject Summary(OutboxMail mail) => new()
    {
        ["number"] = mail.Number, ["message_id"] = mail.MessageId, ["received"] = Moments.Write(DateTimeOffset.FromUnixTimeMilliseconds(mail.Received)),
        ["from"] = new JsonObject { ["name"] = mail.FromName, ["address"] = mail.From }, ["to"] = mail.To,
        ["subject"] = mail.Subject, ["preview"] = mail.Preview, ["attachments"] = mail.Attachments, ["size"] = mail.Size,
    };

    private static string Name(MailPart file)
    {
        var name = MailPreview.OnOneLine(file.FileName ?? "", 200).Replace('/', '_').Replace('\\', '_');
        return name.Length > 0 ? name : "attachment";
    }

    private static IResult Gone() => Results.Problem("The mailbox does not have it (any more)", statusCode: StatusCodes.Status404NotFound);
}
