using System.Text.Json.Nodes;
using Carillon.History;
using Carillon.Tests.Harness;
using Microsoft.Extensions.DependencyInjection;

namespace Carillon.Tests.Triggers;

/// <summary><c>campaigns/triggers/import_and_start</c>: one transaction, all or nothing.</summary>
public sealed class ImportAndStartTests : IAsyncLifetime
{
    private CarillonApp _app = null!;

    public async Task InitializeAsync() => _app = await CarillonApp.StartAsync();

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task Imports_the_profile_sends_the_message_and_writes_both_into_history()
    {
        var answer = await _app.ImportAndStartAsync(96, "ann@example.com");
        await _app.VerdictsAsync(1);

        var mail = _app.Sink.Mails.ShouldHaveSingleItem();
        (mail.From, mail.To).ShouldBe(("shop@example.com", "ann@example.com"));
        mail.Header("Subject").ShouldBe("Hello Ann");
        mail.Header("From").ShouldBe("\"Shop\" <shop@example.com>");
        var message = await _app.MessageAsync(answer);
        message["state"]!.GetValue<string>().ShouldBe("sent");
        message["attempts"]![0]!["reply"]!.GetValue<string>().ShouldStartWith("250");
        var events = await _app.Services.GetRequiredService<EventStore>().ReadAsync(answer.ProfileId, CancellationToken.None);
        events.Select(happened => happened.Kind).ShouldBe(["import_api", "send"]);
        events[1].MessageId.ShouldBe(message["id"]!.GetValue<string>());
        events[1].LaunchId.ShouldBe(answer.Headers["Launch-ID"]);
        Requests.Json(events[1].Document)["reason"]!.GetValue<string>().ShouldStartWith("250");
    }

    [Theory]
    [InlineData("""{"data":{"email":"a@example.com"}}""", "No active subscriptions passed for trigger resource")]
    [InlineData("""{"data":{"email":"a@example.com","subscriptions":[{"email":"a@example.com","resource_id":22}]}}""", "No active subscriptions passed for trigger resource")]
    [InlineData("""{"data":{"email":"a@example.com","subscriptions":[{"email":"a@example.com","resource_id":21,"status":"suspended"}]}}""", "No active subscriptions passed for trigger resource")]
    [InlineData("""{"data":{"email":"a@example.com","age":"old","subscriptions":[{"email":"a@example.com","resource_id":21}]}}""", "Field 'age' is int, but the value is \"old\"")]
    [InlineData("""{"data":{"subscriptions":[{"phone":"+79000000000","resource_id":21}]}}""", "'email' is required")]
    [InlineData("""{"data":{"email":"a@example.com","subscriptions":[{"email":"a@example.com","resource_id":21}]},"timeout":{"minutes":-1}}""", "'timeout' must be between")]
    [InlineData("""{"data":{"email":"a@example.com","subscriptions":[{"email":"a@example.com","resource_id":21}]},"timeout":{"days":99999}}""", "'timeout' must be between")]
    [InlineData("""{"data":{"email":"a@example.com","subscriptions":[{"email":"a@example.com","resource_id":21}]},"db_id":2}""", "'db_id' is 2")]
    [InlineData("""{"data":"text"}""", "'data' must be an object")]
    [InlineData("{}", "'data' is required")]
    public async Task What_cannot_be_launched_is_not_imported_either(string body, string text)
    {
        var request = Requests.Json(body);
        request["trigger_id"] = 96;

        var answer = await _app.PostAsync("campaigns/triggers/import_and_start", request);

        answer.Error.ShouldBe(400, answer.Text);
        answer.ErrorText.ShouldContain(text);
        foreach (var table in new[] { "profiles", "contacts", "launches", "messages", "events" }) (await _app.CountAsync(table)).ShouldBe(0, table);
    }

    [Fact]
    public async Task A_refused_launch_leaves_the_profile_as_it_was()
    {
        await _app.ImportAsync("a@example.com", """{"_fname":"Before"}""");

        var answer = await _app.PostAsync("campaigns/triggers/import_and_start",
            Requests.Json("""{"trigger_id":96,"data":{"email":"a@example.com","_fname":"After"}}"""));

        answer.Error.ShouldBe(400);
        (await _app.ProfileAsync("email", "email", "a@example.com"))["_fname"]!.GetValue<string>().ShouldBe("Before");
    }

    [Fact]
    public async Task A_passed_subscription_that_is_unsubscribed_already_does_not_count()
    {
        await _app.ImportAsync("a@example.com", """{"subscriptions":[{"email":"a@example.com","resource_id":21,"status":"unsubscribed"}]}""");

        (await _app.ImportAndStartAsync(96, "a@example.com")).ErrorText.ShouldBe("No active subscriptions passed for trigger resource");
    }

    [Fact]
    public async Task A_timeout_delays_the_message()
    {
        var answer = await _app.ImportAndStartAsync(96, "a@example.com", """{"timeout":{"days":1,"hours":"2","minutes":3}}""");
        var message = await _app.MessageAsync(answer);
        message["run_at"]!.GetValue<string>().ShouldBe("2026-01-02T02:03:00.000Z");

        _app.Advance(new TimeSpan(1, 2, 2, 59));
        (await _app.MessageAsync(answer))["state"]!.GetValue<string>().ShouldBe("queued");
        _app.Advance(TimeSpan.FromSeconds(1));

        await _app.Sink.WaitForAsync(1);
    }

    [Fact]
    public async Task Sixty_four_simultaneous_launches_of_one_new_address_make_one_profile_and_sixty_four_messages()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => _app.ImportAndStartAsync(96, "same@example.com")));

        answers.ShouldAllBe(answer => answer.Error == 0);
        answers.Select(answer => answer.ProfileId).Distinct().ShouldHaveSingleItem();
        answers.Select(answer => answer.Headers["Launch-ID"]).Distinct().Count().ShouldBe(64);
        (await _app.CountAsync("profiles")).ShouldBe(1);
        await _app.Sink.WaitForAsync(64);
        await _app.VerdictsAsync(64);
        _app.Sink.Mails.Select(mail => mail.MessageId).Distinct().Count().ShouldBe(64);
    }

    [Fact]
    public async Task Unknown_fields_are_left_out_and_told_in_the_trace()
    {
        var data = new JsonObject { ["email"] = "a@example.com", ["shoe_size"] = 43, ["subscriptions"] = new JsonArray(Requests.EmailSubscription("a@example.com")) };
        var answer = await _app.PostAsync("campaigns/triggers/import_and_start", new JsonObject { ["trigger_id"] = 96, ["data"] = data });

        (await _app.LaunchAsync(answer))["trace"]!.ToJsonString().ShouldContain("shoe_size");
        (await _app.ProfileAsync("email", "email", "a@example.com")).ContainsKey("shoe_size").ShouldBeFalse();
    }
}
