using Carillon.Delivery;
using Carillon.Outbox.Mime;
using Carillon.Storage;

namespace Carillon.Outbox;

/// <summary>Keeps the last mails of the built-in mailbox.</summary>
public sealed class OutboxStore : IAsyncDisposable
{
    private const int LongestSubject = 1000;
    private const int LongestName = 500;

    // Numbers are given out one batch after the other, whichever process it comes from: a row that is always there is the lock.
    private const string TakeTurn = "SELECT value FROM settings WHERE name = 'shards' {for_update}";

    private const string Newest = "SELECT COALESCE(MAX(number), 0) FROM outbox";

    // By place, not by number: a repeated mail leaves a gap in the numbers.
    private const string DeleteOld = "DELETE FROM outbox WHERE number <= (SELECT number FROM outbox ORDER BY number DESC LIMIT 1 OFFSET @keep)";

    // A repeated mail has the same message id; it is in the mailbox already.
    private static readonly SetStatement<KeptMail> Insert = new("""
        INSERT INTO outbox (number, message_id, received, from_name, mail_from, mail_to, subject, preview, attachments, size, source)
        SELECT number, message_id, received, from_name, mail_from, mail_to, subject, preview, attachments, size, source FROM {set} WHERE true
        ON CONFLICT (message_id) DO NOTHING
        """,
        new("number", SqlType.BigInt, m => m.Mail.Number), new("message_id", SqlType.Text, m => m.Mail.MessageId), new("received", SqlType.BigInt, m => m.Mail.Received),
        new("from_name", SqlType.Text, m => m.Mail.FromName), new("mail_from", SqlType.Text, m => m.Mail.From), new("mail_to", SqlType.Text, m => m.Mail.To),
        new("subject", SqlType.Text, m => m.Mail.Subject), new("preview", SqlType.Text, m => m.Mail.Preview), new("attachments", SqlType.Int, m => m.Mail.Attachments),
        new("size", SqlType.Int, m => m.Mail.Size), new("source", SqlType.Blob, m => m.Source));

    private const string SelectPage = """
        SELECT number, message_id, received, from_name, mail_from, mail_to, subject, preview, attachments, size
        FROM outbox WHERE number < @before ORDER BY number DESC LIMIT @most
        """;

    private const string SelectOne = """
        SELECT number, message_id, received, from_name, mail_from, mail_to, subject, preview, attachments, size, source
        FROM outbox WHERE number = @number
        """;

    private readonly Database _database;
    private readonly OutboxSettings _settings;
    private readonly TimeProvider _time;
    private readonly Batcher<OutgoingMail, bool> _batcher;

    public OutboxStore(Database database, OutboxSettings settings, TimeProvider time)
    {
        (_database, _settings, _time) = (database, settings, time);
        _batcher = new Batcher<OutgoingMail, bool>(database, WriteAsync, committed: (_, _) => Received?.Invoke());
    }

    /// <summary>Raised after new mails are in the mailbox.</summary>
    public event Action? Received;

    public Task KeepAsync(OutgoingMail mail, CancellationToken cancel) => _batcher.RunAsync(mail, cancel);

    /// <summary>Mails before a number, newest first.</summary>
    public Task<List<OutboxMail>> ListAsync(long before, int most, CancellationToken cancel) => _database.ReadAsync(
        session => session.QueryAsync(SelectPage, Read, cancel, ("before", before), ("most", most)), cancel);

    public Task<KeptMail?> FindAsync(long number, CancellationToken cancel) => _database.ReadAsync(
        async session => (await session.QueryAsync(SelectOne, row => new KeptMail(Read(row), row.GetBytes(10)), cancel, ("number", number))).SingleOrDefault(), cancel);

    /// <summary>The number of the newest mail; 0 when there is none.</summary>
    public Task<long> NewestAsync(CancellationToken cancel) => _database.ReadAsync(session => NewestAsync(session, cancel), cancel);

    public ValueTask DisposeAsync() => _batcher.DisposeAsync();

    private async Task<bool[]> WriteAsync(Session session, IReadOnlyList<OutgoingMail> mails, CancellationToken cancel)
    {
        await session.QueryAsync(TakeTurn, row => row.GetString(0), cancel);
        var newest = await NewestAsync(session, cancel);
        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        var rows = mails.Select((mail, index) => Row(mail, newest + 1 + index, now)).ToList();
        await session.WriteSetAsync(Insert, rows, cancel);
        await session.ExecuteAsync(DeleteOld, cancel, ("keep", _settings.Keep));
        return new bool[mails.Count];
    }

    private static async Task<long> NewestAsync(Session session, CancellationToken cancel) =>
        (await session.QueryAsync(Newest, row => row.GetInt64(0), cancel))[0];

    private static KeptMail Row(OutgoingMail mail, long number, long now)
    {
        var read = MailReader.Read(mail.Content);
        return new KeptMail(new OutboxMail
        {
            Number = number, MessageId = mail.MessageId, Received = now, From = mail.EnvelopeFrom, To = mail.EnvelopeTo,
            FromName = MailPreview.OnOneLine(MailReader.Mailbox(read.Headers.Find("From")).Name, LongestName),
            Subject = MailPreview.OnOneLine(MailReader.Decoded(read.Headers.Find("Subject")), LongestSubject),
            Preview = MailPreview.Of(read), Attachments = read.Attachments.Count, Size = mail.Content.Length,
        }, mail.Content.ToArray());
    }

    private static OutboxMail Read(Row row) => new()
    {
        Number = row.GetInt64(0), MessageId = row.GetString(1), Received = row.GetInt64(2), FromName = row.GetString(3), From = row.GetString(4),
        To = row.GetString(5), Subject = row.GetString(6), Preview = row.GetString(7), Attachments = row.GetInt32(8), Size = row.GetInt32(9),
    };
}
