using System.Text.Json.Nodes;
using Carillon.Repeats;
using Carillon.Storage;
using Carillon.Tests.Harness;
using Microsoft.Extensions.DependencyInjection;

namespace Carillon.Tests.Repeats;

/// <summary>Calls with many items, on a store that fails them for a while.</summary>
public sealed class PortionsTests : IAsyncLifetime
{
    private const int Items = 500;

    private CarillonApp _app = null!;
    private AnswerStore Answers => _app.Services.GetRequiredService<AnswerStore>();
    private Exception? _objection;

    public async Task InitializeAsync() => _app = await CarillonApp.StartAsync();

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_was_refused_while_the_store_failed_half_way_is_no_answer_to_keep(bool slow)
    {
        await using var batcher = new Batcher<Portion<int, string>, string[]?>(_app.Database, WriteAsync);
        var portions = new Portions<int, string>(_app.Database, Answers, batcher);
        _objection = slow ? new TimedOutException(new TimeoutException()) : new AwayException(new IOException());

        // The store comes back before the call is at its end: its answer could be kept.
        var broken = await portions.RunAsync(Call(), CancellationToken.None);
        _objection = null;
        var repeated = await portions.RunAsync(Call(), CancellationToken.None);

        broken!.Take(Portions<int, string>.Most).ShouldAllBe(outcome => outcome == "done");
        broken!.Skip(Portions<int, string>.Most).ShouldAllBe(outcome => outcome.StartsWith("The server is busy"));
        repeated.ShouldNotBeNull("the refusals were kept as the call's answer").ShouldAllBe(outcome => outcome == "done");
    }

    private static ManyItems<int, string> Call() => new()
    {
        Items = Enumerable.Range(0, Items), Count = Items, Once = new Once(RepeatKey.Of("test", "one", []), [1], TimeSpan.FromDays(1)),
        Answer = outcomes => new Kept(null, ("outcomes", new JsonArray([.. outcomes.Select(outcome => (JsonNode)outcome)]))),
        IsDone = outcome => outcome == "done", Fail = why => why,
    };

    /// <summary>Objects to the items of the second portion, together and alone.</summary>
    private async Task<string[]?[]> WriteAsync(Session session, IReadOnlyList<Portion<int, string>> portions, CancellationToken cancel)
    {
        if (_objection is not null && portions.Any(portion => portion.Items[0] is >= Portions<int, string>.Most and < 2 * Portions<int, string>.Most)) throw _objection;
        var batch = await Answers.OpenAsync(session, portions.SelectMany(portion => new[] { portion.Call, portion.Part }), cancel);
        string[]?[] outcomes = [.. portions.Select(portion => batch.Run(portion, _ => "done"))];
        await batch.WriteAsync(session, cancel);
        return outcomes;
    }
}
