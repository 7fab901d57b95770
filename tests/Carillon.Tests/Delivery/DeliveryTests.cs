using System.Text.Json.Nodes;
using Carillon.Commands;
using Carillon.History;
using Carillon.Queue;
using Carillon.Tests.Harness;
using Microsoft.Extensions.DependencyInjection;

namespace Carillon.Tests.Delivery;

/// <summary>What becomes of a message between the queue and its verdict.</summary>
public sealed class DeliveryTests : IAsyncLifetime
{
    private CarillonApp _app = null!;

    public async Task InitializeAsync() => _app = await CarillonApp.StartAsync();

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task A_4xx_is_tried_again_until_it_is_taken_and_every_try_is_kept()
    {
        _app.Sink.OnRcpt = (n, _) => n <= 2 ? "450 4.2.1 try later" : null;

        var answer = await _app.ImportAndStartAsync(96, "a@example.com");
        await _app.VerdictsAsync(1);
        var waiting = await _app.MessageAsync(answer);
        (Text(waiting, "state"), Text(waiting, "reason")).ShouldBe(("queued", "450 4.2.1 try later"));
        var pause = DateTimeOffset.Parse(Text(waiting, "run_at")) - _app.Clock.GetUtcNow();
        pause.TotalSeconds.ShouldBeInRange(12, 18);

        _app.Advance(TimeSpan.FromSeconds(18));
        await _app.VerdictsAsync(2);
        _app.Advance(TimeSpan.FromSeconds(36));
        await _app.VerdictsAsync(3);

        var sent = await _app.MessageAsync(answer);
        Text(sent, "state").ShouldBe("sent");
        sent["attempts"]!.AsArray().Select(attempt => (string)attempt!["outcome"]!).ShouldBe(["retry", "retry", "sent"]);
        _app.Sink.Mails.ShouldHaveSingleItem();
        (await KindsAsync(answer)).ShouldBe(["import_api", "send"]);
    }

    [Fact]
    public async Task A_5xx_fails_at_once_with_the_servers_words()
    {
        _app.Sink.OnRcpt = (_, _) => "550 5.1.1 no such mailbox";

        var answer = await _app.ImportAndStartAsync(96, "a@example.com");
        await _app.VerdictsAsync(1);

        var message = await _app.MessageAsync(answer);
        (Text(message, "state"), Text(message, "reason")).ShouldBe(("failed", "550 5.1.1 no such mailbox"));
        (await KindsAsync(answer)).ShouldBe(["import_api", "undeliv"]);
    }

    [Fact]
    public async Task A_message_that_is_too_late_expires_unsent()
    {
        var answer = await _app.ImportAndStartAsync(96, "a@example.com", """{"timeout":{"hours":1},"expiration":"2026-01-01T01:00:00Z"}""");

        _app.Advance(TimeSpan.FromHours(1));
        await _app.VerdictsAsync(1);

        var message = await _app.MessageAsync(answer);
        Text(message, "state").ShouldBe("expired");
        Text(message, "reason").ShouldContain("2026-01-01 01:00:00 UTC");
        message["attempts"]!.AsArray().ShouldBeEmpty();
        (await KindsAsync(answer)).ShouldBe(["import_api", "undeliv"]);
        _app.Sink.Count.ShouldBe(0);
    }

    [Fact]
    public async Task Retries_end_with_the_messages_life()
    {
        _app.Sink.OnRcpt = (_, _) => "450 4.2.1 never";

        var answer = await _app.ImportAndStartAsync(96, "a@example.com", """{"expiration":"2026-01-01T00:00:20Z"}""");
        await _app.VerdictsAsync(1);
        _app.Advance(TimeSpan.FromSeconds(19));
        await _app.VerdictsAsync(2);

        var message = await _app.MessageAsync(answer);
        Text(message, "state").ShouldBe("expired");
        Text(message, "reason").ShouldEndWith("the last said: 450 4.2.1 never");
    }

    [Theory]
    [InlineData("""{"subscriptions":[{"email":"a@example.com","resource_id":21,"status":"unsubscribed"}]}""", "the subscription is unsubscribed")]
    [InlineData("""{"_status":"complained"}""", "the profile is complained")]
    public async Task Consent_is_asked_again_at_delivery(string meanwhile, string reason)
    {
        var answer = await _app.ImportAndStartAsync(96, "a@example.com", """{"timeout":{"minutes":5}}""");
        await _app.ImportAsync("a@example.com", meanwhile);

        _app.Advance(TimeSpan.FromMinutes(5));
        await _app.VerdictsAsync(1);

        var message = await _app.MessageAsync(answer);
        (Text(message, "state"), Text(message, "reason")).ShouldBe(("skipped", reason));
        (await KindsAsync(answer)).ShouldBe(["import_api", "import_api", "suppress"]);
        _app.Sink.Count.ShouldBe(0);
    }

    [Fact]
    public async Task What_was_accepted_before_the_trigger_was_stopped_is_still_sent()
    {
        var answer = await _app.ImportAndStartAsync(96, "a@example.com", """{"timeout":{"minutes":5}}""");
        await _app.ApplyAsync("triggers: [{id: 96, name: Welcome, type: api_call, database: 1, resource: 21, channel: email, template: 5, active: false}]");

        _app.Advance(TimeSpan.FromMinutes(5));
        await _app.VerdictsAsync(1);

        var message = await _app.MessageAsync(answer);
        Text(message, "state").ShouldBe("sent");
        (await _app.LaunchByEmailAsync(96, "a@example.com")).ErrorText.ShouldBe("Trigger is not active");
    }

    [Fact]
    public async Task A_template_that_breaks_its_bounds_fails_with_its_place()
    {
        var list = new JsonArray([.. Enumerable.Range(0, 100).Select(i => (JsonNode)i)]);
        var answer = await _app.ImportAndStartAsync(101, "a@example.com", new JsonObject { ["content"] = new JsonObject { ["list"] = list } }.ToJsonString());
        await _app.VerdictsAsync(1);

        var message = await _app.MessageAsync(answer);
        Text(message, "state").ShouldBe("failed");
        Text(message, "reason").ShouldContain("subject: line 1");
    }

    [Fact]
    public async Task When_the_answer_to_the_mail_is_lost_the_same_mail_goes_again()
    {
        _app.Sink.OnDot = (n, _) => n == 1 ? SmtpSink.TakeAndHangUp : null;

        var answer = await _app.ImportAndStartAsync(96, "a@example.com");
        await _app.VerdictsAsync(1);
        _app.Advance(TimeSpan.FromSeconds(18));
        await _app.VerdictsAsync(2);

        var message = await _app.MessageAsync(answer);
        message["attempts"]!.AsArray().Select(attempt => (string)attempt!["outcome"]!).ShouldBe(["unknown", "sent"]);
        _app.Sink.Mails.Count.ShouldBe(2);
        _app.Sink.Mails[0].Content.ShouldBe(_app.Sink.Mails[1].Content);
    }

    [Theory]
    [InlineData(10, 0, "no time for another try")]
    [InlineData(20, 19, "no time for another try")]
    [InlineData(20, 30, "expired at")]
    public async Task When_the_answer_is_lost_and_no_time_is_left_to_send_it_again_it_is_unknown_and_not_undelivered(int life, int secondTry, string reason)
    {
        _app.Sink.OnDot = (n, _) => n == 1 ? SmtpSink.TakeAndHangUp : null;
        _app.Sink.OnRcpt = (n, _) => n == 2 ? "450 4.2.1 later" : null;

        var answer = await _app.ImportAndStartAsync(96, "a@example.com", $$"""{"expiration":"2026-01-01T00:00:{{life}}Z"}""");
        await _app.VerdictsAsync(1);
        if (secondTry > 0)
        {
            _app.Advance(TimeSpan.FromSeconds(secondTry));
            await _app.VerdictsAsync(2);
        }

        var message = await _app.MessageAsync(answer);
        Text(message, "state").ShouldBe("unknown");
        Text(message, "reason").ShouldStartWith(reason);
        (await KindsAsync(answer)).ShouldBe(["import_api", "unknown"]);
        _app.Sink.Mails.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_repeated_mail_keeps_its_message_id_when_the_address_it_comes_from_changes()
    {
        _app.Sink.OnDot = (n, _) => n == 1 ? SmtpSink.TakeAndHangUp : null;

        await _app.ImportAndStartAsync(96, "a@example.com");
        await _app.VerdictsAsync(1);
        await _app.ApplyAsync("resources: [{id: 21, name: Shop, databases: [1, 2], channels: {email: {sender: 2, from_email: shop@other.example, from_name: Shop} }}]");
        _app.Advance(TimeSpan.FromSeconds(18));
        await _app.VerdictsAsync(2);

        _app.Sink.Mails.Select(mail => mail.From).ShouldBe(["shop@example.com", "shop@other.example"]);
        _app.Sink.Mails[1].MessageId.ShouldBe(_app.Sink.Mails[0].MessageId);
    }

    [Fact]
    public async Task A_message_id_has_the_host_of_the_public_address()
    {
        await using var known = await CarillonApp.StartAsync(settings: new Settings { PublicUrl = "https://trk.example.org/" });
        await known.ImportAndStartAsync(96, "a@example.com");
        await known.Sink.WaitForAsync(1);
        known.Sink.Mails[0].MessageId.ShouldEndWith("@trk.example.org>");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("http://127.0.0.1:8080")]
    [InlineData("http://[::1]:8080")]
    [InlineData("http://carillon:8080")]
    public void Without_a_name_that_others_know_it_has_one_that_nobody_can_own(string? publicUrl) =>
        new Settings { PublicUrl = publicUrl }.MessageIdDomain.ShouldBe("carillon.invalid");

    [Fact]
    public async Task A_mail_is_dated_by_the_moment_at_which_it_was_to_go_at_every_try()
    {
        _app.Sink.OnRcpt = (n, _) => n == 1 ? "450 4.2.1 later" : null;
        _app.Sink.OnDot = (n, _) => n == 1 ? SmtpSink.TakeAndHangUp : null;

        await _app.ImportAndStartAsync(96, "a@example.com", """{"timeout":{"days":2}}""");
        _app.Advance(TimeSpan.FromDays(2));
        await _app.VerdictsAsync(1);
        _app.Advance(TimeSpan.FromSeconds(18));
        await _app.VerdictsAsync(2);
        _app.Advance(TimeSpan.FromSeconds(36));
        await _app.VerdictsAsync(3);

        _app.Sink.Mails.Select(mail => mail.Header("Date")).ShouldBe(["Sat, 03 Jan 2026 00:00:00 +0000", "Sat, 03 Jan 2026 00:00:00 +0000"]);
    }

    [Fact]
    public async Task A_trigger_that_asks_to_hold_leaves_a_lost_answer_to_a_person()
    {
        _app.Sink.OnDot = (_, _) => SmtpSink.TakeAndHangUp;

        var answer = await _app.ImportAndStartAsync(100, "a@example.com");
        await _app.VerdictsAsync(1);
        _app.Advance(TimeSpan.FromHours(2));

        var message = await _app.MessageAsync(answer);
        Text(message, "state").ShouldBe("unknown");
        (await KindsAsync(answer)).ShouldBe(["import_api", "unknown"]);
        _app.Sink.Mails.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_sender_that_cannot_be_reached_keeps_its_messages()
    {
        _app.Sink.On["CONNECT"] = (n, _) => n <= 3 ? SmtpSink.HangUp : null;

        var answers = await Task.WhenAll(Enumerable.Range(0, 3).Select(i => _app.ImportAndStartAsync(96, $"a{i}@example.com")));
        await _app.VerdictsAsync(3);
        (await _app.MessageAsync(answers[0]))["state"]!.GetValue<string>().ShouldBe("queued");

        _app.Advance(TimeSpan.FromSeconds(18));
        await _app.Sink.WaitForAsync(3);
    }

    [Fact]
    public async Task A_slow_sender_holds_up_no_other()
    {
        var hold = _app.Sink.Hold(".");
        var slow = await _app.ImportAndStartAsync(96, "a@example.com");
        await hold.ReachedAsync();
        var data = new JsonObject { ["email"] = "b@example.com", ["subscriptions"] = new JsonArray(Requests.EmailSubscription("b@example.com", resource: 22)) };
        var quick = await _app.PostAsync("campaigns/triggers/import_and_start", new JsonObject { ["trigger_id"] = 102, ["data"] = data });

        await _app.VerdictsAsync(verdicts => verdicts.Any(verdict => verdict.Message.Contact == "b@example.com"));
        Text(await _app.MessageAsync(quick), "state").ShouldBe("sent");
        Text(await _app.MessageAsync(slow), "state").ShouldBe("sending");

        hold.Release();
        await _app.Sink.WaitForAsync(1);
    }

    [Fact]
    public async Task A_stop_finishes_what_is_on_the_wire_and_the_next_start_sends_the_rest()
    {
        var hold = _app.Sink.Hold(".");
        await _app.ImportAndStartAsync(96, "a@example.com");
        await hold.ReachedAsync();
        var later = await _app.ImportAndStartAsync(96, "b@example.com", """{"timeout":{"minutes":1}}""");

        var stopping = _app.StopAsync();
        hold.Release();
        await stopping;
        _app.Sink.Count.ShouldBe(1);

        await _app.ReopenAsync();
        (await _app.GetAsync("/api/v2/messages?contact=a@example.com"))["messages"]![0]!["state"]!.GetValue<string>().ShouldBe("sent");
        _app.Advance(TimeSpan.FromMinutes(1));
        await _app.Sink.WaitForAsync(2);
        _app.Sink.Mails.Select(mail => mail.To).ShouldBe(["a@example.com", "b@example.com"]);
        Text(await _app.MessageAsync(later), "contact").ShouldBe("b@example.com");
    }

    [Theory]
    [InlineData("""{"_fname":"Eve\r\nBcc: victim@example.com"}""")]
    [InlineData("""{"_fname":"Eve\nRCPT TO:<victim@example.com>"}""")]
    [InlineData("""{"_fname":"=?utf-8?q?Eve=0D=0ABcc:_victim@example.com?="}""")]
    [InlineData("""{"_fname":"Eve\u0000\u2028.\r\n.\r\nMAIL FROM:<x@example.com>"}""")]
    public async Task No_value_makes_a_header_or_a_command(string profile)
    {
        var data = Requests.Json(profile);
        data["email"] = "a@example.com";
        data["subscriptions"] = new JsonArray(Requests.EmailSubscription("a@example.com"));
        var content = new JsonObject { ["email_title"] = "x\r\nX-Evil: yes\r\n\r\nbody" };

        await _app.PostAsync("campaigns/triggers/import_and_start", new JsonObject { ["trigger_id"] = 96, ["data"] = data, ["content"] = content });
        await _app.VerdictsAsync(1);

        var mail = _app.Sink.Mails.ShouldHaveSingleItem();
        mail.Header("Bcc").ShouldBeEmpty();
        mail.Header("X-Evil").ShouldBeEmpty();
        _app.Sink.Verbs.ShouldBe(["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "."], Case.Sensitive);
    }

    [Fact]
    public async Task Large_contents_are_loaded_for_those_that_have_a_place_and_not_with_the_claim()
    {
        const int Messages = 8, Places = 2;
        await _app.ApplyAsync($"senders: [{{id: 2, channel: email, type: smtp, host: 127.0.0.1, port: {_app.Sink.Port}, tls: none, connections: 1}}]");
        var hold = _app.Sink.Hold("CONNECT");
        var content = new JsonObject { ["email_title"] = "as claimed", ["pad"] = new string('x', 100_000) };
        // All of one profile, so that one claim takes them.
        for (var i = 0; i < Messages; i++)
            await _app.ImportAndStartAsync(96, "a@example.com", new JsonObject { ["timeout"] = new JsonObject { ["minutes"] = 1 }, ["content"] = content.DeepClone() }.ToJsonString());
        _app.Advance(TimeSpan.FromMinutes(1));
        await hold.ReachedAsync();

        await _app.Database.WriteAsync(session => session.ExecuteAsync("UPDATE launches SET doc = replace(doc, 'as claimed', 'as it is now')", CancellationToken.None), CancellationToken.None);
        hold.Release();
        await _app.Sink.WaitForAsync(Messages);

        var subjects = _app.Sink.Mails.Select(mail => mail.Header("Subject")).ToList();
        subjects.ShouldAllBe(subject => subject == "Hello Ann: as claimed" || subject == "Hello Ann: as it is now");
        subjects.Count(subject => subject == "Hello Ann: as claimed").ShouldBeInRange(1, Places);
    }

    private static string Text(JsonObject message, string name) => (string)message[name]!;

    private async Task<IEnumerable<string>> KindsAsync(Answer answer)
    {
        var profile = Text(await _app.MessageAsync(answer), "profile_id");
        return (await _app.Services.GetRequiredService<EventStore>().ReadAsync(profile, CancellationToken.None)).Select(happened => happened.Kind);
    }
}
