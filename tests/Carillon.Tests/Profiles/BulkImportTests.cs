using System.Text.Json.Nodes;
using Carillon.Tests.Harness;

namespace Carillon.Tests.Profiles;

/// <summary><c>import_batch</c>, <c>update_batch</c>, <c>add</c> and <c>add_batch</c>.</summary>
public sealed class BulkImportTests : IAsyncLifetime
{
    private CarillonApp _app = null!;

    public async Task InitializeAsync() => _app = await CarillonApp.StartAsync();

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task A_known_client_sends_eight_thousand_plain_profiles_and_matches_them_by_phone()
    {
        JsonObject Body(int from, string name) => new()
        {
            ["db_id"] = 1, ["matching"] = "phone",
            ["data"] = new JsonArray([.. Enumerable.Range(from, 8000).Select(number => (JsonNode)new JsonObject
            {
                ["_fname"] = name, ["_lname"] = "Lee", ["_bdate"] = "1990-01-31", ["email"] = $"p{number}@example.com", ["_sex"] = "female",
                ["phones"] = new JsonArray($"+79{number:D9}"), ["_regdate"] = "2020-05-06", ["language"] = "en", ["CRM_ID"] = $"c{number}",
            })]),
        };

        var first = await _app.PostAsync("profiles/import_batch", Body(0, "Ann"));
        first.Error.ShouldBe(0, first.Text[..Math.Min(500, first.Text.Length)]);
        var second = await _app.PostAsync("profiles/import_batch", Body(4000, "Eve"));

        var ids = first.Json["result"]!.AsArray().Select(item => (string)item!["profile_id"]!).ToList();
        ids.Distinct().Count().ShouldBe(8000);
        second.Json["result"]!.AsArray().Take(4000).Select(item => (string)item!["profile_id"]!).ShouldBe(ids.Skip(4000));
        (await _app.CountAsync("profiles")).ShouldBe(12_000);
        ((string)(await _app.ProfileAsync("phone", "phone", "+79000004000"))["_fname"]!).ShouldBe("Eve");
    }

    [Fact]
    public async Task The_result_tells_every_item_in_its_order_and_the_errors_again_by_index()
    {
        var answer = await _app.PostAsync("profiles/import_batch", Requests.Json("""
            {"db_id":1,"data":[{"email":"a@example.com"},{"data":{"email":"b@example.com"}},{"_fname":"Nobody"},{"email":"c@example.com","age":"old"}]}
            """));

        var result = answer.Json["result"]!.AsArray();
        result.Select(item => (int)item!["error"]!).ShouldBe([0, 0, 400, 400]);
        result[0]!.AsObject().Select(member => member.Key).ShouldBe(["error", "error_text", "profile_id"]);
        ((string)result[2]!["error_text"]!).ShouldBe("Parameter 'email' is required to match by email");
        answer.Json["errors"]!.AsArray().Select(error => (int)error!["index"]!).ShouldBe([2, 3]);
        (await _app.CountAsync("profiles")).ShouldBe(2);
    }

    [Fact]
    public async Task An_update_creates_nobody()
    {
        var id = await _app.ImportAsync("a@example.com");

        var answer = await _app.PostAsync("profiles/update_batch", Requests.Json("""
            {"db_id":1,"data":[{"email":"a@example.com","_fname":"Eve","subscriptions":[{"resource_id":21,"channel":"email","priority":2,"email_data":{"email":"a@example.com"}}]},{"email":"b@example.com"}]}
            """));

        ((string)answer.Json["result"]![0]!["profile_id"]!).ShouldBe(id);
        ((int)answer.Json["result"]![1]!["error"]!).ShouldBe(404);
        (await _app.CountAsync("profiles")).ShouldBe(1);
        ((string)(await _app.ProfileAsync("profile_id", "profile_id", id))["_fname"]!).ShouldBe("Eve");
    }

    [Fact]
    public async Task Adding_looks_for_nobody_but_an_email_has_one_owner()
    {
        var first = await AddAsync("""{"phones":["+79000000001"],"email":"a@example.com"}""");
        var again = await AddAsync("""{"phones":["+79000000001"]}""");
        var clash = await AddAsync("""{"email":"A@example.com"}""");

        again.ProfileId.ShouldNotBe(first.ProfileId);
        clash.Error.ShouldBe(409);
        (await _app.CountAsync("profiles")).ShouldBe(2);
    }

    [Theory]
    [InlineData("""{"db_id":1,"data":{}}""")]
    [InlineData("""{"db_id":1}""")]
    public async Task Adding_nothing_makes_an_empty_profile(string body)
    {
        var answer = await _app.PostAsync("profiles/add", Requests.Json(body));
        answer.Error.ShouldBe(0, answer.Text);
        (await _app.ProfileAsync("profile_id", "profile_id", answer.ProfileId))["email"].ShouldBeNull();
    }

    [Theory]
    [InlineData("profiles/add_batch")]
    [InlineData("profiles/add_batch/")]
    public async Task Adding_many_tells_each_and_sees_the_twins_among_them(string method)
    {
        var answer = await _app.PostAsync(method, Requests.Json("""{"db_id":1,"data":[{"email":"a@example.com"},{"email":"a@example.com"},{"_fname":"Ann"},{}]}"""));

        answer.Json["result"]!.AsArray().Select(item => (int)item!["error"]!).ShouldBe([0, 409, 0, 0]);
        (await _app.CountAsync("profiles")).ShouldBe(3);
    }

    [Theory]
    [InlineData("profiles/import_batch", """{"data":[{}]}""", 400, "'db_id' is required")]
    [InlineData("profiles/import_batch", """{"db_id":77,"data":[{}]}""", 404, "There is no database 77")]
    [InlineData("profiles/add_batch", """{"db_id":1}""", 400, "'data' is required")]
    [InlineData("profiles/add", """{"db_id":77,"data":{}}""", 404, "There is no database 77")]
    [InlineData("profiles/update_batch", """{"db_id":1,"data":[{}],"add_to_segments":[1]}""", 400, "'add_to_segments'")]
    public async Task A_call_that_is_wrong_as_a_whole_is_refused(string method, string body, int error, string text)
    {
        var answer = await _app.PostAsync(method, Requests.Json(body));
        answer.Error.ShouldBe(error);
        answer.ErrorText.ShouldContain(text);
    }

    [Fact]
    public async Task A_repeat_gets_the_first_answer()
    {
        JsonObject Body() => new() { ["db_id"] = 1, ["data"] = new JsonArray([.. Enumerable.Range(0, 500).Select(number => (JsonNode)new JsonObject { ["_fname"] = $"p{number}" })]) };
        var first = await _app.PostAsync("profiles/add_batch", Body(), ("Request-ID", "r1"));
        var second = await _app.PostAsync("profiles/add_batch", Body(), ("Request-ID", "r1"));

        second.Text.ShouldBe(first.Text);
        (await _app.CountAsync("profiles")).ShouldBe(500);
    }

    private Task<Answer> AddAsync(string data) => _app.PostAsync("profiles/add", new JsonObject { ["db_id"] = 1, ["data"] = Requests.Json(data) });
}
