using System.Data.Common;
using Carillon.Delivery;
using Carillon.Storage;

namespace Carillon.Outbox;

/// <summary>Keeps the last mails of the built-in mailbox.</summary>
public sealed class OutboxStore : IAsyncDisposable
{
    private const string Newest = "SELECT COALESCE(MAX(number), 0) FROM outbox";

    private const string DeleteOld = "DELETE FROM outbox WHERE number <= @last";

    // A repeated mail has the same message id; it is in the mailbox already.
    private static readonly SetStatement<OutboxMail> Insert = new("""
        INSERT INTO outbox (number, message_id, received, mail_from, mail_to, source)
        SELECT number, message_id, received, mail_from, mail_to, source FROM {set} WHERE true
        ON CONFLICT (message_id) DO NOTHING
        """,
        new("number", SqlType.BigInt, m => m.Number), new("message_id", SqlType.Text, m => m.MessageId), new("received", SqlType.BigInt, m => m.Received),
        new("mail_from", SqlType.Text, m => m.From), new("mail_to", SqlType.Text, m => m.To), new("source", SqlType.Blob, m => m.Source));

    private const string SelectPage = """
        SELECT number, message_id, received, mail_from, mail_to, source FROM outbox WHERE number < @before ORDER BY number DESC LIMIT @most
        """;

    private const string SelectOne = "SELECT number, message_id, received, mail_from, mail_to, source FROM outbox WHERE number = @number";

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

    public Task<OutboxMail?> FindAsync(long number, CancellationToken cancel) => _database.ReadAsync(
        async session => (await session.QueryAsync(SelectOne, Read, cancel, ("number", number))).SingleOrDefault(), cancel);

    public ValueTask DisposeAsync() => _batcher.DisposeAsync();

    private async Task<bool[]> WriteAsync(Session session, IReadOnlyList<OutgoingMail> mails, CancellationToken cancel)
    {
        var newest = (await session.QueryAsync(Newest, row => row.GetInt64(0), cancel))[0];
        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        var rows = mails.Select((mail, index) => new OutboxMail(newest + 1 + index, mail.MessageId, now, mail.EnvelopeFrom, mail.EnvelopeTo, mail.Content.ToArray())).ToList();
        await session.ExecuteSetAsync(Insert, rows, cancel);
        await session.ExecuteAsync(DeleteOld, cancel, ("last", newest + rows.Count - _settings.Keep));
        return new bool[mails.Count];
    }

    private static OutboxMail Read(DbDataReader row) => new(row.GetInt64(0), row.GetString(1), row.GetInt64(2), row.GetString(3), row.GetString(4), (byte[])row.GetValue(5));
}
