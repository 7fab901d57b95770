namespace Carillon.Api.Docs;

/// <summary>Profiles.</summary>
public static class ProfileMethods
{
    private const string Database = "db_id*   int   The database.";

    public static readonly IReadOnlyList<MethodDoc> All =
    [
        new("profiles/add", "Makes a profile without looking for one; refuses one whose e-mail or unique field another profile has.", Database + Methods.Import + Methods.Matching, "profiles_add"),
        new("profiles/add_batch", "Makes many profiles.", Database + Methods.Items + Methods.Matching, "bulk_add"),
        new("profiles/get", "Reads a profile with its subscriptions.", Database + Methods.Matching, "profiles_get"),
        new("profiles/import", "Changes the profile that matches, or makes one.", Database + Methods.Import + Methods.Matching, "profiles_import"),
        new("profiles/import_batch", "Imports many profiles.", Database + Methods.Items + Methods.Matching, "bulk_import"),
        new("profiles/update", "Changes the profile that matches; never makes one.", Database + Methods.Import + Methods.Matching, "profiles_import"),
        new("profiles/update_batch", "Changes many profiles; never makes one.", Database + Methods.Items + Methods.Matching, "bulk_import"),
    ];
}
