using System.Text.Json.Nodes;
using Carillon.Api;
using Carillon.Repeats;
using Carillon.Tests.Harness;
using Carillon.Wire;
using Microsoft.Extensions.DependencyInjection;
using Route = Carillon.Api.Route;

namespace Carillon.Tests.Repeats;

/// <summary>Calls of several transactions, and calls whose answer is kept after them.</summary>
public sealed class StepsAndTurnsTests : IAsyncLifetime
{
    private CarillonApp _app = null!;

    public async Task InitializeAsync() => _app = await CarillonApp.StartAsync();

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task A_call_that_died_half_way_is_finished_by_its_repeat_and_no_step_is_done_twice()
    {
        await Should.ThrowAsync<InvalidOperationException>(() => StepsAsync(New("one"), dieAt: 3));
        (await DoneAsync()).ShouldBe([0, 1, 2]);

        await StepsAsync(New("one"));
        await StepsAsync(New("one"));

        (await DoneAsync()).ShouldBe([0, 1, 2, 3, 4]);
    }

    [Fact]
    public async Task Two_that_run_at_once_share_the_steps()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => StepsAsync(New("one")))));
        answers.Distinct().ShouldHaveSingleItem();
        (await DoneAsync()).ShouldBe([0, 1, 2, 3, 4]);
    }

    [Fact]
    public async Task The_steps_of_another_request_under_the_same_id_are_known_as_such()
    {
        await StepsAsync(New("one"));
        var other = new Once(New("one").Key, [9], TimeSpan.FromDays(1)).Part(0);
        (await Answers.FindAsync(other, CancellationToken.None)).ShouldBeTrue();
        other.IsOther.ShouldBeTrue();
    }

    [Fact]
    public async Task Twins_of_a_call_that_keeps_its_answer_afterwards_wait_for_each_other()
    {
        var (carriedOut, gate) = (0, new TaskCompletionSource());
        var route = new Route("test", async _ =>
        {
            await gate.Task;
            return ApiAnswer.Ok(("number", Interlocked.Increment(ref carriedOut)));
        }, Repeat.Around, Files.None);
        var once = _app.Services.GetRequiredService<RunOnce>();

        var twins = Enumerable.Range(0, 16).Select(_ => once.RunAsync(route, Call("one"))).ToList();
        gate.SetResult();

        (await Task.WhenAll(twins)).Select(answer => (int)answer.Members["number"]!).Distinct().ShouldBe([1]);
        twins.Count(twin => twin.Result.RepeatOf is not null).ShouldBe(15);
        (await once.RunAsync(route, Call("two"))).Members["number"]!.GetValue<int>().ShouldBe(2);
        // Without a Request-ID each call counts.
        (await once.RunAsync(route, Call(null))).Members["number"]!.GetValue<int>().ShouldBe(3);
    }

    [Fact]
    public async Task A_refusal_of_such_a_call_is_not_kept()
    {
        var asked = 0;
        var route = new Route("test", _ => Task.FromResult(++asked == 1 ? ApiError.Invalid("no") : ApiAnswer.Ok(("data", null))), Repeat.Around, Files.None);
        var once = _app.Services.GetRequiredService<RunOnce>();
        (await once.RunAsync(route, Call("one"))).Error!.Code.ShouldBe(400);
        (await once.RunAsync(route, Call("one"))).Error.ShouldBeNull();
        (await once.RunAsync(route, Call("one"))).RepeatOf.ShouldNotBeNull();
        asked.ShouldBe(2);
    }

    private AnswerStore Answers => _app.Services.GetRequiredService<AnswerStore>();

    private static Once New(string id) => new(RepeatKey.Of("id", "token", System.Text.Encoding.ASCII.GetBytes(id)), [1], TimeSpan.FromDays(1));

    private static ApiCall Call(string? id) => new("token", id ?? "", [], CancellationToken.None) { Once = id is null ? null : New(id) };

    /// <summary>Five steps, each a transaction that leaves a row and an answer; the answers of all.</summary>
    private async Task<string> StepsAsync(Once call, int dieAt = -1)
    {
        List<string> answers = [];
        for (var step = 0; step < 5; step++)
        {
            var (number, part) = (step, call.Part(step));
            await _app.Database.WriteAsync(async session =>
            {
                var once = await Answers.OpenAsync(session, [part], CancellationToken.None);
                if (once.IsRepeat(part)) return;
                await session.ExecuteAsync("INSERT INTO settings (name, value) VALUES (@name, '')", CancellationToken.None, ("name", $"step {number} {Guid.CreateVersion7(_app.Clock.GetUtcNow())}"));
                once.Keep(part, null, ("step", number), ("by", Guid.CreateVersion7(_app.Clock.GetUtcNow()).ToString()));
                await once.WriteAsync(session, CancellationToken.None);
                if (number == dieAt) throw new InvalidOperationException("died");
            }, CancellationToken.None);
            (await Answers.FindAsync(part, CancellationToken.None)).ShouldBeTrue();
            answers.Add(part.Earlier!.Members);
        }
        return string.Concat(answers);
    }

    private Task<List<int>> DoneAsync() => _app.Database.ReadAsync(session => session.QueryAsync("SELECT name FROM settings WHERE name LIKE 'step %' ORDER BY name",
        row => int.Parse(row.GetString(0).Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture), CancellationToken.None), CancellationToken.None);
}
