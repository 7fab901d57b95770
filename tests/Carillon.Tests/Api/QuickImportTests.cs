using System.Net.Http.Headers;
using System.Text;
using Carillon.Tests.Harness;

namespace Carillon.Tests.Api;

/// <summary><c>/api/integrations/any/profile_import</c>: flat parameters, and an HTTP status with a text as the answer.</summary>
public sealed class QuickImportTests : IAsyncLifetime
{
    private const string Url = "/api/integrations/any/profile_import";
    private const string Token = "token=" + CarillonApp.Token;

    private CarillonApp _app = null!;

    public async Task InitializeAsync() => _app = await CarillonApp.StartAsync();

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    [InlineData("?db_id=1&email=a@example.com&_fname=Ann&age=7&" + Token, null, "")]
    [InlineData("?db_id=1", "application/x-www-form-urlencoded", Token + "&email=a%40example.com&_fname=Ann&age=7")]
    [InlineData("?" + Token, "application/json", """{"db_id":"1","email":"a@example.com","_fname":"Ann","age":7}""")]
    [InlineData("?_fname=Bea", "application/xml", "<xml><token>" + CarillonApp.Token + "</token><db_id>1</db_id><email>a@example.com</email><_fname>Ann</_fname><age>7</age></xml>")]
    public async Task Parameters_stand_in_the_url_or_the_body(string query, string? contentType, string body)
    {
        (await PostAsync(query, contentType, body)).ShouldBe((200, "Successful operation\n"));
        var profile = await _app.ProfileAsync("email", "email", "a@example.com");
        (profile["_fname"]!.GetValue<string>(), profile["age"]!.GetValue<long>()).ShouldBe(("Ann", 7));
    }

    [Fact]
    public async Task The_contacts_are_subscribed_to_the_resource_and_a_trigger_is_started()
    {
        (await PostAsync($"?db_id=1&resource_id=21&trigger_id=96&email=a@example.com&phone=%2B79991234567&_fname=Ann&{Token}")).ShouldBe((200, "Successful operation\n"));
        await _app.Sink.WaitForAsync(1);
        _app.Sink.Mails.Single().Header("Subject").ShouldBe("Hello Ann");
        (await _app.ProfileAsync("phone", "phone", "+79991234567"))["email"]!.GetValue<string>().ShouldBe("a@example.com");
        (await _app.ProfileAsync("email_sub", "email", "a@example.com"))["phones"]![0]!.GetValue<string>().ShouldBe("+79991234567");
    }

    [Theory]
    [InlineData("?db_id=1&email=a@example.com", 403, "API token is missing")]
    [InlineData("?db_id=1&email=a@example.com&token=00000000000000000000000000000000", 403, "API token is not known")]
    [InlineData("?db_id=9&email=a@example.com&" + Token, 404, "There is no database 9")]
    [InlineData("?email=a@example.com&" + Token, 400, "Parameter 'db_id' is required")]
    [InlineData("?db_id=1&" + Token, 400, "At least one field of the database is required")]
    [InlineData("?db_id=1&email=nobody&" + Token, 400, "Parameter 'email' is not an e-mail address")]
    [InlineData("?db_id=1&email=a@example.com&matching=profile_id&" + Token, 400, "Parameter 'matching' must be one of email, email_profile, phone, field_name")]
    [InlineData("?db_id=1&email=a@example.com&workflow_id=1&trigger_id=96&" + Token, 400, "Give either 'trigger_id' or 'workflow_id'")]
    [InlineData("?db_id=1&email=a@example.com&workflow_id=77&" + Token, 404, "There is no workflow 77")]
    [InlineData("?db_id=1&phone=%2B79990000000&matching=phone&" + Token, 409, "Several profiles of database 1 match phone +79990000000")]
    public async Task An_error_is_a_real_status_with_a_sentence(string query, int status, string text)
    {
        foreach (var email in new[] { "x@example.com", "y@example.com" }) await _app.ImportAsync(email, """{"phones":["+79990000000"]}""");
        var answer = await PostAsync(query);
        answer.Status.ShouldBe(status, answer.Text);
        answer.Text.ShouldStartWith(text);
    }

    [Fact]
    public async Task A_repeat_is_carried_out_once()
    {
        var query = $"?db_id=1&email=a@example.com&age=%7B%7D&{Token}";
        (await PostAsync(query)).Status.ShouldBe(400);
        using var client = new HttpClient { BaseAddress = _app.Http.BaseAddress };
        client.DefaultRequestHeaders.Add("Request-ID", "one");
        for (var i = 0; i < 2; i++)
        {
            using var answer = await client.PostAsync(Url + $"?db_id=1&email=a@example.com&{Token}", null);
            answer.Headers.Contains("Duplicate-Request").ShouldBe(i == 1);
        }
        (await _app.CountAsync("events")).ShouldBe(1);
    }

    [Fact]
    public async Task Another_kind_of_body_is_refused() => (await PostAsync("?db_id=1&" + Token, "text/csv", "a,b")).Status.ShouldBe(400);

    private async Task<(int Status, string Text)> PostAsync(string query, string? contentType = null, string body = "")
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        if (contentType is not null) content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        using var answer = await _app.Http.PostAsync(Url + query, content);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
