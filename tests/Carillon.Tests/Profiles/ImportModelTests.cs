using System.Text.Json.Nodes;
using Carillon.Tests.Harness;

namespace Carillon.Tests.Profiles;

/// <summary>
/// Random imports into a small world, where they collide all the time, against a model that is too simple to be wrong:
/// a list of people, searched from front to back. Matched by e-mail, the default.
/// </summary>
public sealed class ImportModelTests
{
    private static readonly string[] Emails = ["a@example.com", "b@example.com", "c@example.com", "d@example.com"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Random_imports_leave_what_the_model_says(int seed)
    {
        await using var app = await CarillonApp.StartAsync();
        var dice = new Random(seed);
        List<Person> people = [];
        var codes = new Dictionary<int, int>();
        for (var i = 0; i < 250; i++)
        {
            var import = new Import(Pick(dice, Emails), dice.Next(3) == 0 ? Pick(dice, Emails) : null, dice.Next(2) == 0 ? "C" + dice.Next(3) : null,
                dice.Next(3) == 0 ? "+4700000" + dice.Next(3) : null, dice.Next(2) == 0 ? Pick(dice, Emails) : null, dice.Next(21, 23), dice.Next(-1, 3));
            var answer = await app.PostAsync("profiles/import", import.ToJson());
            answer.Error.ShouldBe(Apply(people, import), $"import {i}: {import}");
            codes[answer.Error] = codes.GetValueOrDefault(answer.Error) + 1;
        }

        var stored = (await ContactTable.ProfilesAsync(app)).Select(profile => string.Join(' ', profile.Email, profile.Fields["CRM_ID"], string.Join('+', profile.Phones),
            string.Join(',', profile.Subscriptions.Select(s => $"{s.ResourceId}:{s.Contact}:{(int)s.Status}").Order(StringComparer.Ordinal))));
        stored.Order(StringComparer.Ordinal).ShouldBe(people.Select(person => person.ToString()).Order(StringComparer.Ordinal));
        await ContactTable.ShouldBeExactAsync(app);
        codes[0].ShouldBeGreaterThan(50);
        codes[409].ShouldBeGreaterThan(20);
    }

    private static int Apply(List<Person> people, Import import)
    {
        var found = people.FindAll(person => person.Email == import.Key);
        if (found.Count == 0) found = people.FindAll(person => person.Subscriptions.Keys.Any(key => key.Contact == import.Key));
        if (found.Count > 1) return 435;
        var person = found.Count == 1 ? found[0] : new Person { Email = import.Key };
        var (email, crm) = (import.Email ?? person.Email, import.Crm ?? person.Crm);
        if (people.Exists(other => other != person && (other.Email == email || crm is not null && other.Crm == crm))) return 409;

        (person.Email, person.Crm, person.Phone) = (email, crm, import.Phone ?? person.Phone);
        if (import.Subscribed is { } contact)
        {
            var key = (import.Resource, contact);
            person.Subscriptions[key] = import.Status >= 0 ? import.Status : person.Subscriptions.GetValueOrDefault(key);
        }
        if (found.Count == 0) people.Add(person);
        return 0;
    }

    private static string Pick(Random dice, string[] from) => from[dice.Next(from.Length)];

    private sealed record Import(string Key, string? Email, string? Crm, string? Phone, string? Subscribed, int Resource, int Status)
    {
        public JsonObject ToJson()
        {
            var data = new JsonObject();
            if (Email is not null) data["email"] = Email.ToUpperInvariant();
            if (Crm is not null) data["CRM_ID"] = Crm;
            if (Phone is not null) data["phones"] = new JsonArray(Phone);
            if (Subscribed is not null) data["subscriptions"] = new JsonArray(new JsonObject { ["resource_id"] = Resource, ["email"] = Subscribed, ["status"] = Status });
            return new JsonObject { ["db_id"] = 1, ["email"] = Key, ["data"] = data };
        }
    }

    private sealed class Person
    {
        public required string Email { get; set; }
        public string? Crm { get; set; }
        public string? Phone { get; set; }
        public Dictionary<(int Resource, string Contact), int> Subscriptions { get; } = [];

        public override string ToString() => string.Join(' ', Email, Crm, Phone,
            string.Join(',', Subscriptions.Select(s => $"{s.Key.Resource}:{s.Key.Contact}:{s.Value}").Order(StringComparer.Ordinal)));
    }
}
