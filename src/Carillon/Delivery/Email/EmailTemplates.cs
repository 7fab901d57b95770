using System.Runtime.CompilerServices;
using Carillon.Queue;
using Carillon.Templates;
using Carillon.Workspace;

namespace Carillon.Delivery.Email;

/// <summary>Renders a template's e-mail for one message. A text is parsed once for as long as the workspace holds it.</summary>
/// <param name="idDomain">
/// What follows the @ of a Message-ID: a host name. The id before it is unique by itself; this must be the same at every try, which the domain of the
/// From is not: a resource can be changed between two.
/// </param>
public sealed class EmailTemplates(string idDomain)
{
    /// <summary>For a server without a name of its own: nobody can own a name below <c>invalid</c> (RFC 2606).</summary>
    public const string NoDomain = "carillon.invalid";

    private readonly ConditionalWeakTable<object, Dictionary<string, TemplateParse>> _parsed = [];

    /// <summary>The mail, or a sentence that names the part which made it impossible.</summary>
    public (OutgoingMail? Mail, string Problem) Render(EmailContent content, MailOverrides? overrides, ResourceChannel channel, TemplateScope scope, Message message, IReadOnlyList<Attachment> attachments)
    {
        string? problem = null;
        string? Part(object owner, string name, string? text, TemplateKind kind = TemplateKind.Text)
        {
            if (text is null || problem is not null) return null;
            var (rendered, error) = RenderText(owner, name, text, kind, scope);
            if (error is not null) problem = $"{name}: {error}";
            return rendered;
        }

        // What the trigger says beats what the template says, and that beats what the resource says.
        string? Either(string name, string? ofTrigger, string? ofTemplate, string? ofResource) =>
            !string.IsNullOrWhiteSpace(ofTrigger) ? Part(overrides!, name, ofTrigger)
            : string.IsNullOrWhiteSpace(ofTemplate) ? Part(channel, name, ofResource) : Part(content, name, ofTemplate);

        var mail = new MailMessage
        {
            MessageId = message.Id,
            IdDomain = idDomain,
            FromEmail = Either("from_email", overrides?.FromEmail, content.FromEmail, channel.FromEmail) ?? "",
            FromName = Either("from_name", overrides?.FromName, content.FromName, channel.FromName),
            ReplyToEmail = Either("reply_to_email", overrides?.ReplyToEmail, content.ReplyToEmail, channel.ReplyToEmail),
            ReplyToName = Either("reply_to_name", overrides?.ReplyToName, content.ReplyToName, channel.ReplyToName),
            To = message.Contact,
            Subject = Either("subject", overrides?.Subject, content.Subject, null) ?? "",
            Html = Part(content, "html", content.Html, TemplateKind.Html),
            Text = Part(content, "text", content.Text),
            // When it was to go, not when it is tried: a repeated mail is the same mail. Nor when it was launched, which may be days before.
            Date = DateTimeOffset.FromUnixTimeMilliseconds(message.FirstDue),
            Attachments = [.. attachments.Select(file => new MailAttachment(file.Name, file.MediaType, file.Data))],
        };
        if (problem is not null) return (null, problem);
        var built = MailBuilder.Build(mail);
        return (built.Mail, built.Error ?? "");
    }

    private (string? Text, string? Error) RenderText(object owner, string name, string text, TemplateKind kind, TemplateScope scope)
    {
        var texts = _parsed.GetValue(owner, static _ => []);
        TemplateParse? parse;
        lock (texts)
        {
            if (!texts.TryGetValue(name, out parse)) texts[name] = parse = Template.Parse(text, kind);
        }
        if (parse.Template is null) return (null, $"line {parse.Error!.Line}, column {parse.Error.Column}: {parse.Error.Message}");
        var render = parse.Template.Render(scope);
        return (render.Text, render.Error);
    }
}
