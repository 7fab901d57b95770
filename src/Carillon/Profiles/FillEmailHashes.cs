using Carillon.Storage;
using Carillon.Workspace;

namespace Carillon.Profiles;

/// <summary>
/// Gives the profiles that a database had before it was told to keep hashes of e-mails (<c>email_hashes</c>) their hashes. Imports
/// write those of the profiles they touch themselves; whatever both write is the same row. Several processes may fill at once.
/// </summary>
public sealed partial class FillEmailHashes(Database database, WorkspaceSource workspace, TimeProvider time, ILogger<FillEmailHashes> logger) : BackgroundService
{
    /// <summary>Profiles that are looked at in one transaction.</summary>
    public const int Step = 500;

    private static readonly TimeSpan TryAgain = TimeSpan.FromSeconds(10);

    private const string SelectMark = "SELECT value FROM settings WHERE name = @name";
    private const string InsertMark = "INSERT INTO settings (name, value) VALUES (@name, 'filled') ON CONFLICT (name) DO NOTHING";
    private const string DeleteMark = "DELETE FROM settings WHERE name = @name";

    /// <summary>Raised with a database's id when its turn has come and the pause before it begins.</summary>
    public event Action<int>? Waiting;

    /// <summary>Raised with a database's id when all its profiles have their hashes.</summary>
    public event Action<int>? Filled;

    /// <summary>Whether all profiles of a database have their hashes.</summary>
    public static async Task<bool> IsFilledAsync(Session session, int databaseId, CancellationToken cancel) =>
        (await session.QueryAsync(SelectMark, row => row.GetString(0), cancel, ("name", MarkOf(databaseId)))).Count > 0;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var changed = new SemaphoreSlim(1);
        void Follow(WorkspaceModel old, WorkspaceModel fresh) => changed.Release();
        workspace.Changed += Follow;
        try
        {
            while (true)
            {
                await changed.WaitAsync(stoppingToken);
                while (!await TryFollowAsync(stoppingToken)) await Task.Delay(TryAgain, time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Asked to stop; without the mark the next process begins again.
        }
        finally
        {
            workspace.Changed -= Follow;
        }
    }

    private async Task<bool> TryFollowAsync(CancellationToken stop)
    {
        try
        {
            foreach (var profiles in workspace.Current.Databases.Values) await FollowAsync(profiles, stop);
            return true;
        }
        catch (Exception fault) when (!stop.IsCancellationRequested)
        {
            LogFailed(fault);
            return false;
        }
    }

    private async Task FollowAsync(ProfileDatabase profiles, CancellationToken stop)
    {
        var filled = await database.ReadAsync(session => IsFilledAsync(session, profiles.Id, stop), stop);
        if (filled == profiles.EmailHashes) return;
        if (filled)
        {
            // The rows stay, but are not kept up any more: should hashes be wanted again, the gaps must be filled.
            await database.WriteAsync(session => session.ExecuteAsync(DeleteMark, stop, ("name", MarkOf(profiles.Id))), stop);
            return;
        }
        // Until every process has seen the change, imports of some write no hashes; they must be over before we pass.
        var pause = Task.Delay(2 * WorkspaceSource.Period, time, stop);
        Waiting?.Invoke(profiles.Id);
        await pause;
        await FillAsync(profiles, stop);
    }

    /// <summary>Gives all profiles of a database their hashes now.</summary>
    public async Task FillAsync(ProfileDatabase profiles, CancellationToken stop)
    {
        var count = 0;
        for (short shard = 0; shard < database.Shards; shard++) count += await FillAsync(profiles, shard, stop);
        await database.WriteAsync(session => session.ExecuteAsync(InsertMark, stop, ("name", MarkOf(profiles.Id))), stop);
        LogFilled(profiles.Id, count);
        Filled?.Invoke(profiles.Id);
    }

    private async Task<int> FillAsync(ProfileDatabase profiles, short shard, CancellationToken stop)
    {
        var count = 0;
        for (string? after = ""; after is not null;)
        {
            var from = after;
            (var filled, after) = await database.WriteAsync(session => ProfileStore.AddContactsAsync(session, database, profiles, EmailHashesOf, shard, from, Step, stop), stop);
            count += filled;
        }
        return count;
    }

    private static IEnumerable<Contact> EmailHashesOf(Profile profile, ProfileDatabase profiles) =>
        Contacts.Of(profile, profiles).Values.Where(contact => contact.Key.Kind is EmailHash.Md5Kind or EmailHash.XxhKind);

    private static string MarkOf(int databaseId) => $"email_hashes_{databaseId}";

    [LoggerMessage(EventId = 801, Level = LogLevel.Information, Message = "Database {DatabaseId}: {Count} profiles can be found by the hash of their e-mail now")]
    private partial void LogFilled(int databaseId, int count);

    [LoggerMessage(EventId = 802, Level = LogLevel.Error, Message = "Filling in hashes of e-mails failed; it is tried again")]
    private partial void LogFailed(Exception fault);
}
