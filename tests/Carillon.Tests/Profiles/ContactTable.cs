using Carillon.Profiles;
using Carillon.Tests.Harness;
using Carillon.Workspace;
using Microsoft.Extensions.DependencyInjection;

namespace Carillon.Tests.Profiles;

/// <summary>The lookup must say exactly what the profiles say: a row too few loses somebody, a row too many finds a stranger.</summary>
internal static class ContactTable
{
    public static async Task ShouldBeExactAsync(CarillonApp app)
    {
        var databases = app.Services.GetRequiredService<WorkspaceSource>().Current.Databases;
        var profiles = await ProfilesAsync(app);
        var wanted = profiles.SelectMany(profile => Contacts.Of(profile, databases[profile.DatabaseId]).Values
            .Select(contact => $"{contact.Key.DatabaseId} {contact.Key.Kind} {contact.Key.Value} '{(contact.Unique ? "" : profile.Id)}' {profile.Id} {(int)contact.Place}"));
        var stored = await app.Database.ReadAsync(session => session.QueryAsync("SELECT db_id, kind, value, holder, profile_id, place FROM contacts",
            row => $"{row.GetInt32(0)} {row.GetString(1)} {row.GetString(2)} '{row.GetString(3)}' {row.GetString(4)} {row.GetInt32(5)}", CancellationToken.None), CancellationToken.None);

        string.Join('\n', stored.Order(StringComparer.Ordinal)).ShouldBe(string.Join('\n', wanted.Order(StringComparer.Ordinal)));
    }

    public static Task<List<Profile>> ProfilesAsync(CarillonApp app) => app.Database.ReadAsync(session => session.QueryAsync(
        "SELECT id, shard, db_id, doc, created, updated FROM profiles",
        row => Profile.FromDocument(row.GetString(0), row.GetInt16(1), row.GetInt32(2), row.GetString(3), row.GetInt64(4), row.GetInt64(5)), CancellationToken.None), CancellationToken.None);
}
