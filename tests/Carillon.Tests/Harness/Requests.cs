using System.Text.Json.Nodes;

namespace Carillon.Tests.Harness;

/// <summary>Short ways to say what tests say all the time.</summary>
public static class Requests
{
    public static JsonObject Json(string text) => (JsonObject)JsonNode.Parse(text)!;

    public static JsonObject EmailSubscription(string email, int resource = 21) => new() { ["channel"] = "email", ["email"] = email, ["resource_id"] = resource };

    /// <summary>Imports a profile with a subscription by e-mail to resource 21.</summary>
    public static async Task<string> ImportAsync(this CarillonApp app, string email, string more = "{}")
    {
        var data = Json(more);
        data["email"] = email;
        data["subscriptions"] ??= new JsonArray(EmailSubscription(email));
        var answer = await app.PostAsync("profiles/import", new JsonObject { ["db_id"] = 1, ["data"] = data });
        answer.Error.ShouldBe(0, answer.Text);
        return answer.ProfileId;
    }

    /// <summary>Starts a trigger for the profile with an e-mail.</summary>
    public static Task<Answer> LaunchByEmailAsync(this CarillonApp app, int trigger, string email, string more = "{}", params (string Name, string Value)[] headers)
    {
        var body = Json(more);
        body["id"] = trigger;
        body["matching"] ??= "email";
        body["email"] = email;
        return app.PostAsync("campaigns/triggers/start", body, headers);
    }

    /// <summary>Imports a profile with a subscription to resource 21 and starts a trigger for it.</summary>
    public static Task<Answer> ImportAndStartAsync(this CarillonApp app, int trigger, string email, string more = "{}")
    {
        var body = Json(more);
        body["trigger_id"] = trigger;
        body["data"] ??= new JsonObject { ["email"] = email, ["_fname"] = "Ann", ["subscriptions"] = new JsonArray(EmailSubscription(email)) };
        return app.PostAsync("campaigns/triggers/import_and_start", body);
    }
}
