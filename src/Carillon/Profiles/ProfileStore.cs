using Carillon.Storage;
using Carillon.Workspace;

namespace Carillon.Profiles;

/// <summary>A row of the lookup from contacts to profiles.</summary>
public readonly record struct ContactRow(short Shard, ContactKey Key, string Holder, string ProfileId, ContactPlace Place);

/// <summary>The statements over profiles and their contacts.</summary>
public static class ProfileStore
{
    internal static readonly Column<(short Shard, ContactKey Key)>[] KeyColumns =
    [
        new("shard", SqlType.SmallInt, c => c.Shard), new("db_id", SqlType.Int, c => c.Key.DatabaseId),
        new("kind", SqlType.Text, c => c.Key.Kind), new("value", SqlType.Text, c => c.Key.Value),
    ];

    private static readonly Column<ContactRow>[] RowColumns =
    [
        new("shard", SqlType.SmallInt, c => c.Shard), new("db_id", SqlType.Int, c => c.Key.DatabaseId),
        new("kind", SqlType.Text, c => c.Key.Kind), new("value", SqlType.Text, c => c.Key.Value),
        new("holder", SqlType.Text, c => c.Holder), new("profile_id", SqlType.Text, c => c.ProfileId),
        new("place", SqlType.SmallInt, c => (int)c.Place),
    ];

    /// <summary>Of the profiles that share a contact, so many are looked at; a value that more share is no key to one profile anyway.</summary>
    public const int MaxRows = 1000;

    // Whom does each contact lead to?
    private static readonly SetStatement<(short Shard, ContactKey Key)> SelectContacts = new("""
        SELECT c.shard, c.db_id, c.kind, c.value, c.holder, c.profile_id, c.place
        FROM {set} JOIN contacts c ON c.shard = r.shard AND c.db_id = r.db_id AND c.kind = r.kind AND c.value = r.value
        """, KeyColumns) { MostPerItem = MaxRows };

    private static readonly Column<(short Shard, string Id)>[] IdColumns = [new("shard", SqlType.SmallInt, p => p.Shard), new("id", SqlType.Text, p => p.Id)];

    private static readonly SetStatement<(short Shard, string Id)> SelectProfiles = new("""
        SELECT p.id, p.shard, p.db_id, p.doc, p.created, p.updated
        FROM {set} JOIN profiles p ON p.shard = r.shard AND p.id = r.id
        """, IdColumns);

    // For a change: held to the end of the transaction.
    private static readonly SetStatement<(short Shard, string Id)> SelectProfilesToChange = new("""
        SELECT p.id, p.shard, p.db_id, p.doc, p.created, p.updated
        FROM {set} JOIN profiles p ON p.shard = r.shard AND p.id = r.id {for_update}
        """, IdColumns);

    // Those that nobody else holds, for one who would rather come back than wait.
    private static readonly SetStatement<(short Shard, string Id)> HoldFreeProfiles = new("""
        SELECT p.id FROM {set} JOIN profiles p ON p.shard = r.shard AND p.id = r.id {skip_locked}
        """, IdColumns);

    private static readonly SetStatement<Profile> InsertProfiles = new("""
        INSERT INTO profiles (shard, id, db_id, doc, created, updated) SELECT shard, id, db_id, doc, created, updated FROM {set}
        """,
        new("shard", SqlType.SmallInt, p => p.Shard), new("id", SqlType.Text, p => p.Id), new("db_id", SqlType.Int, p => p.DatabaseId),
        new("doc", SqlType.Text, p => p.ToDocument()), new("created", SqlType.BigInt, p => p.Created), new("updated", SqlType.BigInt, p => p.Updated));

    private static readonly SetStatement<Profile> UpdateProfiles = new("""
        UPDATE profiles SET doc = r.doc, updated = r.updated FROM {set} WHERE profiles.shard = r.shard AND profiles.id = r.id
        """,
        new("shard", SqlType.SmallInt, p => p.Shard), new("id", SqlType.Text, p => p.Id),
        new("doc", SqlType.Text, p => p.ToDocument()), new("updated", SqlType.BigInt, p => p.Updated));

    private static readonly SetStatement<ContactRow> DeleteContacts = new("""
        DELETE FROM contacts WHERE {in_shard} (shard, db_id, kind, value, holder) {in_set}
        """, RowColumns[..5]);

    private static readonly SetStatement<ContactRow> InsertContacts = new("""
        INSERT INTO contacts (shard, db_id, kind, value, holder, profile_id, place)
        SELECT shard, db_id, kind, value, holder, profile_id, place FROM {set}
        """, RowColumns);

    private static readonly SetStatement<ContactRow> UpdateContacts = new("""
        UPDATE contacts SET place = r.place FROM {set}
        WHERE contacts.shard = r.shard AND contacts.db_id = r.db_id AND contacts.kind = r.kind AND contacts.value = r.value AND contacts.holder = r.holder
        """, RowColumns);

    private const string SelectPage = "SELECT id, shard, db_id, doc, created, updated FROM profiles WHERE shard = @shard AND id > @after ORDER BY id LIMIT @most";

    private static readonly SetStatement<ContactRow> AddContacts = new("""
        INSERT INTO contacts (shard, db_id, kind, value, holder, profile_id, place)
        SELECT shard, db_id, kind, value, holder, profile_id, place FROM {set} WHERE true
        ON CONFLICT (shard, db_id, kind, value, holder) DO NOTHING
        """, RowColumns);

    /// <summary>Adds contacts that are no key of their own to the next profiles of a shard, where they are missing.</summary>
    /// <returns>How many profiles got some, and the id to go on after; null at the end.</returns>
    public static async Task<(int Filled, string? After)> AddContactsAsync(
        Session session, Database database, ProfileDatabase profiles, Func<Profile, ProfileDatabase, IEnumerable<Contact>> contactsOf, short shard, string after, int most, CancellationToken cancel)
    {
        var next = await PageAsync(session, shard, after, most, cancel);
        var rows = next.Where(profile => profile.DatabaseId == profiles.Id).SelectMany(profile => contactsOf(profile, profiles).Select(contact =>
            new ContactRow(database.ShardOfContact(contact.Key.Kind, contact.Key.Value), contact.Key, profile.Id, profile.Id, contact.Place))).ToList();
        await session.ExecuteSetAsync(AddContacts, rows, cancel);
        return (rows.Select(row => row.ProfileId).Distinct().Count(), next.Count < most ? null : next[^1].Id);
    }

    public static Task<List<ContactRow>> FindContactsAsync(Session session, Database database, IEnumerable<ContactKey> keys, CancellationToken cancel) =>
        AskContacts(session, database, keys, cancel).RowsAsync(cancel);

    public static Asked<ContactRow> AskContacts(Session session, Database database, IEnumerable<ContactKey> keys, CancellationToken cancel) =>
        session.AskSet(SelectContacts, [.. keys.Select(key => (database.ShardOfContact(key.Kind, key.Value), key))], ReadContact, cancel);

    /// <param name="toChange">Holds the rows until the end of the transaction.</param>
    public static Task<List<Profile>> LoadAsync(Session session, Database database, IEnumerable<string> ids, bool toChange, CancellationToken cancel) =>
        session.QuerySetAsync(toChange ? SelectProfilesToChange : SelectProfiles, [.. InOrder(database, ids)], ReadProfile, cancel);

    /// <summary>As <see cref="LoadAsync"/>, only to look at.</summary>
    public static Asked<Profile> Ask(Session session, Database database, IEnumerable<string> ids, CancellationToken cancel) =>
        session.AskSet(SelectProfiles, [.. InOrder(database, ids)], ReadProfile, cancel);

    /// <summary>The next profiles of a shard, of all databases, in the order of their ids.</summary>
    public static Task<List<Profile>> PageAsync(Session session, short shard, string after, int most, CancellationToken cancel) =>
        session.QueryAsync(SelectPage, ReadProfile, cancel, ("shard", shard), ("after", after), ("most", most));

    /// <summary>Holds profiles to the end of the transaction, without waiting: those that are held elsewhere, or are not there, are left out.</summary>
    public static Task<List<string>> HoldFreeAsync(Session session, Database database, IEnumerable<string> ids, CancellationToken cancel) =>
        session.QuerySetAsync(HoldFreeProfiles, [.. ids.Select(id => (database.ShardOfId(id), id))], row => row.GetString(0), cancel);

    public static async Task WriteAsync(Session session, ProfileChanges changes, CancellationToken cancel)
    {
        await session.WriteSetAsync(InsertProfiles, changes.Added, cancel);
        await session.WriteSetAsync(UpdateProfiles, changes.Changed, cancel);
        await session.WriteSetAsync(DeleteContacts, changes.ContactsRemoved, cancel);
        await session.WriteSetAsync(InsertContacts, changes.ContactsAdded, cancel);
        await session.WriteSetAsync(UpdateContacts, changes.ContactsMoved, cancel);
    }

    /// <summary>In one order, so that two batches that hold profiles cannot wait for each other.</summary>
    private static IEnumerable<(short Shard, string Id)> InOrder(Database database, IEnumerable<string> ids) =>
        ids.Select(id => (Shard: database.ShardOfId(id), Id: id)).OrderBy(profile => profile.Shard).ThenBy(profile => profile.Id, StringComparer.Ordinal);

    private static ContactRow ReadContact(Row row) => new(
        row.GetInt16(0), new ContactKey(row.GetInt32(1), row.GetString(2), row.GetString(3)), row.GetString(4), row.GetString(5), (ContactPlace)row.GetInt16(6));

    /// <summary>Reads id, shard, db_id, doc, created, updated.</summary>
    internal static Profile ReadProfile(Row row) => Profile.FromDocument(
        row.GetString(0), row.GetInt16(1), row.GetInt32(2), row.GetString(3), row.GetInt64(4), row.GetInt64(5));
}

/// <summary>What a batch writes.</summary>
public sealed record ProfileChanges(
    IReadOnlyList<Profile> Added,
    IReadOnlyList<Profile> Changed,
    IReadOnlyList<ContactRow> ContactsRemoved,
    IReadOnlyList<ContactRow> ContactsAdded,
    IReadOnlyList<ContactRow> ContactsMoved);
