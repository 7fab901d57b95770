using Carillon.Storage;
using Carillon.Workspace;

namespace Carillon.Profiles;

/// <summary>
/// The profiles that a batch of calls touches, held in memory while the calls are decided one after the other: what an
/// earlier call of the batch did, a later one finds. Nothing is written before <see cref="WriteAsync"/>.
/// </summary>
/// <remarks>
/// <code>
///  contacts of all calls --lookup--> profile ids --load--> profiles
///                                                            |  Find, Keep (in memory, in order)
///                                                            v
///                                              sets: profiles, contacts --> WriteAsync
/// </code>
/// </remarks>
public sealed class ProfileBatch
{
    /// <summary>Of the profiles that share a contact, this many are loaded; with more, the search is ambiguous anyway.</summary>
    private const int MaxCandidates = 50;

    private static readonly List<ContactRow> Nobody = [];

    private readonly Database _database;
    private readonly Dictionary<ContactKey, List<ContactRow>> _contacts = [];
    private readonly Dictionary<string, Entry> _profiles = [];

    private readonly List<ProfileMatch> _searches;
    private readonly bool _toChange;
    private Asked<ContactRow>? _asked;

    private ProfileBatch(Database database, List<ProfileMatch> searches, bool toChange) => (_database, _searches, _toChange) = (database, searches, toChange);

    /// <summary>Loads whatever the calls may find or clash with.</summary>
    /// <param name="toChange">False when the batch is only looked at.</param>
    public static async Task<ProfileBatch> LoadAsync(Session session, Database database, IEnumerable<ProfileMatch> matches, IEnumerable<ContactKey> unique, bool toChange, CancellationToken cancel)
    {
        var batch = await AskAsync(session, database, matches, unique, toChange, cancel);
        await batch.LoadAsync(session, cancel);
        return batch;
    }

    /// <summary>The first half of it, for one who has more to ask: holds the contacts and asks whom they lead to. <see cref="LoadAsync(Session, CancellationToken)"/> is the second.</summary>
    public static async Task<ProfileBatch> AskAsync(Session session, Database database, IEnumerable<ProfileMatch> matches, IEnumerable<ContactKey> unique, bool toChange, CancellationToken cancel)
    {
        var batch = new ProfileBatch(database, [.. matches], toChange);
        foreach (var key in batch._searches.SelectMany(match => match.Keys).Concat(unique)) batch._contacts.TryAdd(key, []);
        if (toChange) await session.HoldAsync(batch._contacts.Keys.Select(key => $"{key.DatabaseId} {key.Kind} {key.Value}"), cancel);
        batch._asked = ProfileStore.AskContacts(session, database, batch._contacts.Keys, cancel);
        return batch;
    }

    public async Task LoadAsync(Session session, CancellationToken cancel)
    {
        // 1. Whom do the contacts lead to?
        foreach (var row in await _asked!.RowsAsync(cancel)) _contacts[row.Key].Add(row);
        _asked = null;

        // 2. Load those that a search may choose, and those that are named by their id.
        HashSet<string> wanted = [];
        foreach (var match in _searches)
        {
            if (match.ProfileId is { } id) wanted.Add(id);
            else AddPossible(match, wanted);
        }
        foreach (var rows in _contacts.Values)
        {
            foreach (var row in rows)
            {
                if (row.Holder.Length == 0) wanted.Add(row.ProfileId);
            }
        }
        foreach (var profile in await ProfileStore.LoadAsync(session, _database, wanted, _toChange, cancel)) _profiles[profile.Id] = new Entry(profile);
    }

    /// <summary>The one profile that a match finds; neither when nobody does.</summary>
    public (Profile? Profile, Refusal? Refusal) Find(ProfileMatch match)
    {
        if (match.ProfileId is { } id)
            return (_profiles.TryGetValue(id, out var named) && named.Now.DatabaseId == match.DatabaseId ? named.Now : null, null);

        List<string> found = [.. Candidates(match).Take(MaxCandidates + 1)];
        if (match.Narrowed && found.Count <= MaxCandidates) found = found.FindAll(candidate => Now(candidate) is not { } known || match.IsSubscribed(known));
        if (match.Mode == MatchMode.EmailHash) found = found.FindAll(candidate => Now(candidate) is { } known && match.HasEmailOfHash(known));
        return found.Count switch
        {
            // More profiles have one of the tags than were looked at: the combination may or may not be among them.
            0 when match.Keys.Count > 1 && match.Keys.Any(key => Rows(key).Count >= ProfileStore.MaxRows) => Several(match),
            0 => (null, null),
            1 when Now(found[0]) is { } only => (only, null),
            _ => Several(match),
        };
    }

    /// <summary>As <see cref="Find(ProfileMatch)"/>, and a refusal when nobody is found.</summary>
    public (Profile? Profile, Refusal? Refusal) FindOne(ProfileMatch match)
    {
        var (profile, refusal) = Find(match);
        return (profile, profile is null ? refusal ?? Refusal.NotFound($"No profile of database {match.DatabaseId} matches {match.Shown}") : null);
    }

    /// <summary>Whether the owner of a contact was looked up.</summary>
    public bool Knows(ContactKey key) => _contacts.ContainsKey(key);

    /// <summary>Looks up who owns contacts that came up while calls were decided, and holds them.</summary>
    public async Task LookUpAsync(Session session, IEnumerable<ContactKey> keys, CancellationToken cancel)
    {
        List<ContactKey> fresh = [.. keys.Distinct().Where(key => !Knows(key))];
        foreach (var key in fresh) _contacts[key] = [];
        await session.HoldAsync(fresh.Select(key => $"{key.DatabaseId} {key.Kind} {key.Value}"), cancel);
        foreach (var row in await ProfileStore.FindContactsAsync(session, _database, fresh, cancel)) _contacts[row.Key].Add(row);
        // What the batch has changed already is not in the store yet.
        foreach (var entry in _profiles.Values.Where(entry => entry.Dirty))
        {
            foreach (var key in fresh)
            {
                _contacts[key].RemoveAll(row => row.ProfileId == entry.Now.Id);
                if (entry.ContactsLast.TryGetValue(key, out var contact)) _contacts[key].Add(Row(entry.Now.Id, contact));
            }
        }
    }

    /// <summary>A profile of the batch by its id, as the batch has it now.</summary>
    public Profile? Find(string id) => Now(id);

    /// <summary>All profiles of the batch, as it has them now.</summary>
    public IEnumerable<Profile> Loaded => _profiles.Values.Select(entry => entry.Now);

    public bool Has(string id) => _profiles.ContainsKey(id);

    private static (Profile?, Refusal?) Several(ProfileMatch match) =>
        (null, Refusal.Ambiguous($"Several profiles of database {match.DatabaseId} match {match.Shown}"));

    /// <summary>The profile that owns a unique contact, if any does.</summary>
    public Profile? Owner(ContactKey unique) => _contacts.TryGetValue(unique, out var rows)
        && rows.Find(row => row.Holder.Length == 0) is { ProfileId: not null } owner ? Now(owner.ProfileId) : null;

    /// <summary>Takes a new or changed profile into the batch, unless another one owns a unique value of it.</summary>
    public Refusal? Keep(Profile profile, ProfileDatabase database)
    {
        var known = _profiles.GetValueOrDefault(profile.Id);
        var contacts = Contacts.Of(profile, database);
        var before = known?.ContactsNow(database) ?? [];
        foreach (var contact in contacts.Values.Where(contact => contact.Unique && !(before.TryGetValue(contact.Key, out var had) && had.Unique)))
        {
            if (OtherOwner(contact.Key, profile.Id))
                return Refusal.Clash($"Another profile of database {database.Id} has {Shown(contact.Key)}");
        }

        if (known is null) _profiles.Add(profile.Id, new Entry(profile, contacts));
        else known.Change(profile, database, contacts);
        MoveContacts(profile, before, contacts);
        return null;
    }

    /// <summary>Writes all that was kept, as sets.</summary>
    public Task WriteAsync(Session session, CancellationToken cancel)
    {
        List<Profile> added = [], changed = [];
        List<ContactRow> removed = [], inserted = [], moved = [];
        foreach (var entry in _profiles.Values.Where(entry => entry.Dirty))
        {
            (entry.New ? added : changed).Add(entry.Now);
            Compare(entry, removed, inserted, moved);
        }
        return ProfileStore.WriteAsync(session, new ProfileChanges(added, changed, removed, inserted, moved), cancel);
    }

    private Profile? Now(string id) => _profiles.GetValueOrDefault(id)?.Now;

    /// <summary>Those who have the contacts in the first place where anybody has them.</summary>
    private IReadOnlyCollection<string> Candidates(ProfileMatch match)
    {
        foreach (var place in match.Places)
        {
            if (Having(match, place) is { Count: > 0 } found) return found;
        }
        return [];
    }

    /// <summary>Those whom a search may come to choose: some of each place, for an earlier call of the batch may empty the first.</summary>
    private void AddPossible(ProfileMatch match, HashSet<string> wanted)
    {
        foreach (var place in match.Places)
        {
            if (Having(match, place) is { Count: > 0 } found) wanted.UnionWith(found.Take(MaxCandidates));
        }
    }

    private IReadOnlyCollection<string> Having(ProfileMatch match, ContactPlace places)
    {
        // Nearly all look for one contact, which nobody or one profile has.
        if (match.Keys is [var only] && Rows(only) is { Count: <= 1 } rows) return rows is [var row] && (row.Place & places) != ContactPlace.None ? [row.ProfileId] : [];
        var perKey = match.Keys.Select(key => Rows(key).Where(row => (row.Place & places) != ContactPlace.None).Select(row => row.ProfileId));
        return match.All
            ? perKey.Select(ids => ids.ToHashSet()).Aggregate((all, next) => [.. all.Intersect(next)])
            : perKey.SelectMany(ids => ids).ToHashSet();
    }

    private List<ContactRow> Rows(ContactKey key) => _contacts.GetValueOrDefault(key) ?? Nobody;

    private bool OtherOwner(ContactKey key, string profileId) => Rows(key).Exists(row => row.Holder.Length == 0 && row.ProfileId != profileId);

    /// <summary>Lets the later calls of the batch see where the contacts stand now.</summary>
    private void MoveContacts(Profile profile, Dictionary<ContactKey, Contact> before, Dictionary<ContactKey, Contact> after)
    {
        foreach (var key in before.Keys.Where(_contacts.ContainsKey)) _contacts[key].RemoveAll(row => row.ProfileId == profile.Id);
        foreach (var contact in after.Values)
        {
            if (_contacts.TryGetValue(contact.Key, out var rows)) rows.Add(Row(profile.Id, contact));
        }
    }

    private void Compare(Entry entry, List<ContactRow> removed, List<ContactRow> added, List<ContactRow> moved)
    {
        var before = entry.ContactsStored;
        var after = entry.ContactsLast;
        foreach (var contact in before.Values)
        {
            if (!after.TryGetValue(contact.Key, out var now) || now.Unique != contact.Unique) removed.Add(Row(entry.Now.Id, contact));
        }
        foreach (var contact in after.Values)
        {
            if (!before.TryGetValue(contact.Key, out var had) || had.Unique != contact.Unique) added.Add(Row(entry.Now.Id, contact));
            else if (had.Place != contact.Place) moved.Add(Row(entry.Now.Id, contact));
        }
    }

    private ContactRow Row(string profileId, Contact contact) => new(
        _database.ShardOfContact(contact.Key.Kind, contact.Key.Value), contact.Key, contact.Unique ? "" : profileId, profileId, contact.Place);

    private static string Shown(ContactKey key) => key.Kind.StartsWith("field:", StringComparison.Ordinal)
        ? $"the unique field {key.Kind["field:".Length..]} = {key.Value}"
        : $"the {key.Kind} {key.Value}";

    /// <summary>A profile of the batch: as it was stored, and as it is now.</summary>
    private sealed class Entry(Profile loaded)
    {
        private Dictionary<ContactKey, Contact>? _contactsNow;

        public Entry(Profile made, Dictionary<ContactKey, Contact> contacts) : this(made)
        {
            New = Dirty = true;
            _contactsNow = contacts;
        }

        public Profile Now { get; private set; } = loaded;
        public bool New { get; }
        public bool Dirty { get; private set; }
        public Dictionary<ContactKey, Contact> ContactsStored { get; private set; } = [];
        public Dictionary<ContactKey, Contact> ContactsLast => _contactsNow!;

        /// <summary>Worked out when first asked for: a profile that is only read needs none.</summary>
        public Dictionary<ContactKey, Contact> ContactsNow(ProfileDatabase database)
        {
            if (_contactsNow is null) ContactsStored = _contactsNow = Contacts.Of(Now, database);
            return _contactsNow;
        }

        public void Change(Profile profile, ProfileDatabase database, Dictionary<ContactKey, Contact> contacts)
        {
            ContactsNow(database);
            Now = profile;
            Dirty = true;
            _contactsNow = contacts;
        }
    }
}
