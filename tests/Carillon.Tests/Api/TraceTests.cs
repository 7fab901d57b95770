using System.Diagnostics;
using Carillon.Tests.Harness;

namespace Carillon.Tests.Api;

/// <summary>One trace per launch, from the call to the mail server's answer.</summary>
[Collection(nameof(SpansAlone))]
public sealed class TraceTests : IAsyncLifetime
{
    private const string Call = "POST /api/v1.1/campaigns/triggers/import_and_start";
    private const string CallersTrace = "0af7651916cd43dd8448eb211c80319c";
    private const string Caller = $"00-{CallersTrace}-b7ad6b7169203331-01";

    private CarillonApp _app = null!;

    public async Task InitializeAsync() => _app = await CarillonApp.StartAsync();

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task A_launch_is_one_trace_from_the_call_to_the_reply()
    {
        using var spans = Spans.Of(_app);
        var answer = await _app.ImportAndStartAsync(96, "a@example.com");
        await spans.EndedAsync("deliver");
        await spans.EndedAsync(Call);

        var (call, deliver) = (spans.Only(Call), spans.Only("deliver"));
        call.ParentSpanId.ShouldBe(default);
        foreach (var name in new[] { "batch wait", "transaction", "deliver" }) spans.Only(name).ParentSpanId.ShouldBe(call.SpanId, name);
        foreach (var name in new[] { "smtp", "verdict" }) spans.Only(name).ParentSpanId.ShouldBe(deliver.SpanId, name);
        spans.All.Where(span => span.OperationName != "claim").ShouldAllBe(span => span.TraceId == call.TraceId);

        call.GetTagItem("carillon.launch_id").ShouldBe(answer.Headers["Launch-ID"]);
        deliver.GetTagItem("carillon.launch_id").ShouldBe(answer.Headers["Launch-ID"]);
        deliver.GetTagItem("carillon.state").ShouldBe("sent");
        spans.Only("transaction").GetTagItem("carillon.batch.items").ShouldBe(1);
        spans.Only("smtp").GetTagItem("smtp.reply.code").ShouldBe("250 2.0.0");
        spans.Only("smtp").GetTagItem("server.port").ShouldBe(_app.Sink.Port);
    }

    [Fact]
    public async Task A_claim_serves_many_traces_so_each_delivery_links_to_it()
    {
        using var spans = Spans.Of(_app);
        await _app.ImportAndStartAsync(96, "a@example.com");
        await spans.EndedAsync("deliver");

        var claim = spans.Only("claim");
        claim.GetTagItem("carillon.claimed").ShouldBe(1);
        spans.Only("deliver").Links.ShouldHaveSingleItem().Context.SpanId.ShouldBe(claim.SpanId);
        claim.TraceId.ShouldNotBe(spans.Only("deliver").TraceId);
    }

    [Fact]
    public async Task The_callers_trace_goes_on()
    {
        using var spans = Spans.Of(_app);
        await LaunchAsync("a@example.com");
        await spans.EndedAsync("deliver");
        await spans.EndedAsync(Call);

        spans.Only(Call).ParentSpanId.ToHexString().ShouldBe("b7ad6b7169203331");
        spans.Only("smtp").TraceId.ToHexString().ShouldBe(CallersTrace);
    }

    [Fact]
    public async Task A_delivery_after_a_restart_joins_the_trace_of_its_launch()
    {
        Answer answer;
        using (Spans.Of(_app)) answer = await LaunchAsync("a@example.com", """{"timeout":{"hours":1}}""");
        await _app.RestartAsync();
        using var spans = Spans.Of(_app);
        _app.Advance(TimeSpan.FromHours(1));
        await spans.EndedAsync("deliver");

        spans.Only("deliver").TraceId.ToHexString().ShouldBe(CallersTrace);
        spans.Only("deliver").GetTagItem("carillon.launch_id").ShouldBe(answer.Headers["Launch-ID"]);
    }

    [Fact]
    public async Task Every_try_is_a_span_and_a_refusal_is_told_by_its_code_only()
    {
        _app.Sink.OnRcpt = (n, _) => n == 1 ? "450 4.2.1 a@example.com is over quota" : null;
        using var spans = Spans.Of(_app);
        await LaunchAsync("a@example.com");
        await spans.EndedAsync("deliver");
        _app.Advance(TimeSpan.FromSeconds(18));
        await spans.EndedAsync("deliver", 2);

        var wires = spans.All.Where(span => span.OperationName == "smtp").ToList();
        wires.Select(span => span.GetTagItem("smtp.reply.code")).ShouldBe(["450 4.2.1", "250 2.0.0"]);
        wires.Select(span => span.Status).ShouldBe([ActivityStatusCode.Error, ActivityStatusCode.Unset]);
        spans.All.SelectMany(span => span.TagObjects).ShouldAllBe(tag => !$"{tag.Value}".Contains('@'));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_nobody_records_leaves_nothing_in_the_store(bool listening)
    {
        using var spans = listening ? Spans.Of(_app, ActivitySamplingResult.PropagationData) : null;
        (await LaunchAsync("a@example.com")).Error.ShouldBe(0);
        await _app.VerdictsAsync(1);

        (await TracesAsync()).ShouldBe([null]);
        (spans?.All ?? []).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_refused_call_ends_its_trace()
    {
        using var spans = Spans.Of(_app);
        (await _app.ImportAndStartAsync(96, "a@example.com", """{"data":{"email":"a@example.com"}}""")).Error.ShouldBe(400);
        await spans.EndedAsync(Call);

        spans.Only(Call).GetTagItem("carillon.error").ShouldBe(400);
        spans.All.Select(span => span.OperationName).ShouldBe(["batch wait", "transaction", Call]);
    }

    private Task<Answer> LaunchAsync(string email, string more = "{}")
    {
        var body = Requests.Json(more);
        body["token"] = CarillonApp.Token;
        body["trigger_id"] = 96;
        body["data"] = new System.Text.Json.Nodes.JsonObject { ["email"] = email, ["subscriptions"] = new System.Text.Json.Nodes.JsonArray(Requests.EmailSubscription(email)) };
        return _app.PostAsync("campaigns/triggers/import_and_start", body, ("traceparent", Caller));
    }

    private Task<List<string?>> TracesAsync() => _app.Database.ReadAsync(
        session => session.QueryAsync("SELECT traceparent FROM launches", row => row.IsDBNull(0) ? null : row.GetString(0), CancellationToken.None), CancellationToken.None);
}
