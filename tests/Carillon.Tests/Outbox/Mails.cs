using Carillon.Delivery;
using Carillon.Delivery.Email;
using Carillon.Outbox.Mime;

namespace Carillon.Tests.Outbox;

internal static class Mails
{
    public static OutgoingMail Build(MailMessage message)
    {
        var built = MailBuilder.Build(message);
        built.Error.ShouldBeNull();
        return built.Mail!;
    }

    public static ReadMail Read(MailMessage message) => MailReader.Read(Build(message).Content);

    public static ReadMail Read(string source) => MailReader.Read(System.Text.Encoding.UTF8.GetBytes(source.ReplaceLineEndings("\r\n")));

    public static MailMessage Plain { get; } = new()
    {
        MessageId = "0123456789abcdef01234567", FromEmail = "shop@example.com", To = "ada@example.com", Subject = "Hello", Text = "Hello", Date = DateTimeOffset.UnixEpoch,
    };
}
