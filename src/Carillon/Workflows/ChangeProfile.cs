using System.Text.Json.Nodes;
using Carillon.History;
using Carillon.Profiles;

namespace Carillon.Workflows;

/// <summary>Changes a run's profile the way an import does: the same checks, the same merge, the same event, so that other workflows see it.</summary>
public static class ChangeProfile
{
    /// <summary>On by <c>next</c>, or by <c>failed</c> with the import's words. Asks first for the owners of unique values that it sets.</summary>
    public static StepResult Run(Turn turn, JsonObject data, string why)
    {
        var (import, refusal) = CheckImport.Run(new ImportRequest
        {
            Database = turn.Workspace.Databases[turn.Run.DatabaseId], Keys = new MatchKeys { Matching = "profile_id", ProfileId = turn.Run.ProfileId }, Data = data, MayCreate = false,
        }, turn.Workspace, turn.Now);
        if (import is null) return new Go("failed", refusal!.Text);
        List<ContactKey> unknown = [.. import.UniqueKeys().Where(key => !turn.Profiles.Knows(key))];
        if (unknown.Count > 0) return new Need(unknown);

        var (profile, _, refused) = import.Decide(turn.Profiles, turn.Ids, 1, turn.Now);
        if (profile is null) return new Go("failed", refused!.Text);
        turn.Profile = profile;
        turn.Events.Add(EventOf(turn, profile));
        return new Go("next", why);
    }

    /// <summary>The import's event under a name of its own, with what stops workflows from changing profiles for each other in circles.</summary>
    private static Event EventOf(Turn turn, Profile profile)
    {
        var happened = ImportEvents.Of(profile, created: false, turn.Run.LaunchId, [], turn.Now) with { Kind = EventKinds.WorkflowUpdate };
        var document = RunJson.Read(happened.Document);
        document["workflow_id"] = turn.Run.WorkflowId;
        document["run_id"] = turn.Run.Id;
        document["hurried"] = turn.Run.Hurried;
        return happened with { Document = RunJson.Write(document) };
    }
}
