using Carillon.Storage;
using Carillon.Workspace;

namespace Carillon.Tests.Workspace;

public sealed class ApplyWorkspaceTests : IAsyncLifetime
{
    private readonly TemporaryDatabase _temporary = new();
    private Database _database = null!;

    public async Task InitializeAsync() => _database = await _temporary.OpenAsync();

    public Task DisposeAsync() => _temporary.DeleteAsync();

    [Fact]
    public async Task The_first_apply_says_what_it_created()
    {
        var result = await _database.ApplyAsync(Given.Example);

        result.Lines.ShouldBe(
        [
            "created token \"api\"", "created database 1 \"Customers\"", "created sender 1", "created sender 2", "created resource 21 \"Shop\"",
            "created template 5 \"Welcome\"", "created trigger 96 \"Welcome\"", "created workflow 12 \"Welcome series\"",
        ]);
    }

    [Fact]
    public async Task What_was_applied_is_what_is_loaded()
    {
        await _database.ApplyAsync(Given.Example);

        var (file, model) = (Given.File(Given.Example), await _database.ModelAsync());
        model.Version.ShouldBe(1);
        model.Databases[1].ShouldBeEquivalentTo(file.Databases.Single().Value);
        model.Resources[21].ShouldBeEquivalentTo(file.Resources.Single().Value);
        model.Senders[2].ShouldBe(file.Senders[1].Value);
        WorkspaceJson.Write(model.Templates[5]).ShouldBe(WorkspaceJson.Write(file.Templates.Single().Value));
        WorkspaceJson.Write(model.Triggers[96]).ShouldBe(WorkspaceJson.Write(file.Triggers.Single().Value));
        model.Workflows[12].ShouldBe(file.Workflows.Single().Value);
    }

    [Fact]
    public async Task A_second_apply_changes_nothing()
    {
        await _database.ApplyAsync(Given.Example);

        var again = await _database.ApplyAsync(Given.Example);

        again.Changes.ShouldBeEmpty();
        again.Lines.ShouldBe(["unchanged 8"]);
        (await _database.ModelAsync()).Version.ShouldBe(1);
    }

    [Fact]
    public async Task A_change_is_told_by_its_keys_and_never_by_its_values()
    {
        const string file = "senders:\n  - {id: 1, channel: email, type: smtp, host: a, username: u, password: first}\n";
        await _database.ApplyAsync(file);

        var result = await _database.ApplyAsync(file.Replace("first", "second", StringComparison.Ordinal).Replace("host: a", "host: b", StringComparison.Ordinal));

        result.Changes.ShouldBe(["changed sender 1: host, password"]);
        (await _database.ModelAsync()).Senders[1].Smtp!.Password.ShouldBe("second");
        (await _database.ModelAsync()).Version.ShouldBe(2);
    }

    [Fact]
    public async Task A_changed_template_names_its_texts()
    {
        await _database.ApplyAsync(Given.Example);

        var result = await _database.ApplyAsync("templates:\n  - {id: 5, name: Welcome, channels: {email: {subject: Hi, html: <b/>, text: ...}}}");

        result.Changes.ShouldBe(["changed template 5 \"Welcome\": subject, html"]);
    }

    [Fact]
    public async Task What_the_file_does_not_mention_stays()
    {
        await _database.ApplyAsync(Given.Example);

        await _database.ApplyAsync("databases:\n  - {id: 1, name: Clients, fields: [{name: age, type: int}]}");

        var model = await _database.ModelAsync();
        model.Triggers.Keys.ShouldBe([96]);
        model.Databases[1].Name.ShouldBe("Clients");
        model.Databases[1].Fields.Keys.ShouldBe(["CRM_ID", "interests", "age"]);
    }

    [Theory]
    [InlineData("resources:\n  - {id: 3, name: R, databases: [9]}", "line 2, column 34: resources[0].databases[0]: there is no database 9")]
    [InlineData("resources:\n  - {id: 3, name: R, channels: {email: {sender: 9}}}", "line 2, column 49: resources[0].channels.email.sender: there is no sender 9")]
    [InlineData("resources:\n  - {id: 3, name: R, channels: {sms: {sender: 1}}}", "line 2, column 47: resources[0].channels.sms.sender: sender 1 is for email, not for sms")]
    [InlineData("triggers:\n  - {id: 9, name: T, database: 9, resource: 21, channel: email, template: 5}", "line 2, column 32: triggers[0].database: there is no database 9", "line 2, column 45: triggers[0].resource: resource 21 does not list database 9")]
    [InlineData("triggers:\n  - {id: 9, name: T, database: 1, resource: 9, channel: email, template: 5}", "line 2, column 45: triggers[0].resource: there is no resource 9")]
    [InlineData("triggers:\n  - {id: 9, name: T, database: 1, resource: 21, channel: email, template: 9}", "line 2, column 75: triggers[0].template: there is no template 9")]
    [InlineData("triggers:\n  - {id: 9, name: T, database: 1, resource: 21, channel: sms, template: 5}", "line 2, column 58: triggers[0].channel: resource 21 has no channel sms", "line 2, column 73: triggers[0].template: template 5 has no content for sms")]
    [InlineData("workflows:\n  - {id: 9, name: W, database: 9, nodes: [{id: a, type: start}]}", "line 2, column 32: workflows[0].database: there is no database 9")]
    [InlineData("resources:\n  - {id: 21, name: S, channels: {email: {sender: 1, from_email: a@b.c}}}", "line 2, column 5: resources[0]: trigger 96 \"Welcome\", which this file does not mention, would no longer work: resource 21 does not list database 1",
        "line 2, column 5: resources[0]: workflow 12 \"Welcome series\", which this file does not mention, would no longer work: node hello: resource 21 does not list database 1")]
    [InlineData("resources:\n  - {id: 21, name: S, databases: [1], channels: {email: {sender: 1}}}", "line 2, column 5: resources[0]: trigger 96 \"Welcome\", which this file does not mention, would no longer work: neither template 5 nor resource 21 says from_email, so the mail would have no sender address",
        "line 2, column 5: resources[0]: workflow 12 \"Welcome series\", which this file does not mention, would no longer work: node hello: neither template 5 nor resource 21 says from_email, so the mail would have no sender address")]
    public async Task What_does_not_fit_the_installation_is_refused(string yaml, params string[] expected)
    {
        await _database.ApplyAsync(Given.Example);

        var result = await _database.ApplyAsync(yaml);

        result.Errors.Select(error => error.ToString()).ShouldBe(expected);
        result.Changes.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_refused_apply_leaves_nothing_behind()
    {
        var result = await _database.ApplyAsync(Given.Example.Replace("template: 5, active", "template: 6, active", StringComparison.Ordinal));

        result.Errors.Single().Message.ShouldBe("there is no template 6");
        result.NewTokens.ShouldBeEmpty();
        var model = await _database.ModelAsync();
        model.Version.ShouldBe(0);
        model.TokensByHash.ShouldBeEmpty();
        model.Databases.ShouldBeEmpty();
    }

    [Fact]
    public async Task Applies_at_the_same_moment_follow_one_another()
    {
        var other = await _temporary.OpenAsync();

        await Task.WhenAll(Enumerable.Range(1, 20).Select(id => Task.Run(() =>
            (id % 2 == 0 ? _database : other).ApplyAsync($"databases:\n  - {{id: 1, name: Customers, fields: [{{name: f{id}, type: int}}]}}"))));

        var model = await _database.ModelAsync();
        model.Version.ShouldBe(20);
        model.Databases[1].Fields.Count.ShouldBe(20);
    }
}
