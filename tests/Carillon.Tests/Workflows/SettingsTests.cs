using Carillon.Commands;
using Carillon.Tests.Harness;
using Carillon.Workflows;
using Carillon.Workspace;

namespace Carillon.Tests.Workflows;

/// <summary>What is wrong with the settings of a node is told when they are saved, by the node's id, and nothing is saved.</summary>
public sealed class SettingsTests : IAsyncLifetime
{
    private CarillonApp _app = null!;

    public async Task InitializeAsync() => _app = await CarillonApp.StartAsync();

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    [InlineData("type: swim", "\"swim\" is not a type of node")]
    [InlineData("type: exit, colour: red", "\"colour\" is not a key of a node of type exit")]
    [InlineData("type: exit, next: start", "\"next\" is not a key")]
    [InlineData("type: wait, days: 1, next: nowhere", "\"nowhere\" is not a node of this workflow")]
    [InlineData("type: wait", "give days, hours, minutes or seconds")]
    [InlineData("type: wait, days: -1", "is not a whole number between 0 and 3660")]
    [InlineData("type: wait_until", "give date, field or window")]
    [InlineData("type: wait_until, field: age", "database 1 has no date field 'age'")]
    [InlineData("type: wait_until, window: {from: noon}", "is not a time like 09:30")]
    [InlineData("type: wait_event, event: sent", "give days, hours, minutes or seconds")]
    [InlineData("type: wait_event, event: sneezed, days: 1", "is not known; known are sent")]
    [InlineData("type: wait_event, event: goal, days: 1", "needs tracking")]
    [InlineData("type: on_event, event: goal", "needs tracking")]
    [InlineData("type: on_event", "known are sent")]
    [InlineData("type: on_event, event: unsubscribed, resource: 9", "there is no resource 9")]
    [InlineData("type: on_event, event: workflow_ended, workflow: 12, channel: email", "narrows events of messages")]
    [InlineData("type: on_event, event: workflow_ended", "which other workflow?")]
    [InlineData("type: on_event, event: sent, trigger: 7", "there is no trigger 7")]
    [InlineData("type: on_field, field: colour", "database 1 has no field 'colour'")]
    [InlineData("type: on_date", "is required")]
    [InlineData("type: on_subscription, resource: 9", "there is no resource 9")]
    [InlineData("type: start", "a workflow has one node of type start")]
    [InlineData("type: condition", "give 1 to")]
    [InlineData("type: condition, branches: [{name: a, filter: {$where: \"1\"}}]", "$where")]
    [InlineData("type: split, branches: [{name: a, percent: 50}, {name: b, percent: 40}]", "the percentages make 90, not 100")]
    [InlineData("type: send, channel: email, resource: 21, template: 99", "there is no template 99")]
    [InlineData("type: send, channel: email, resource: 9, template: 5", "there is no resource 9")]
    [InlineData("type: update_profile", "give the fields to set")]
    [InlineData("type: update_profile, set: {custom_field: \"{if lead.x}\"}", "of the template")]
    [InlineData("type: http_request", "is required")]
    [InlineData("type: http_request, url: \"https://example.com\", headers: {Host: x}", "Host")]
    [InlineData("type: start_workflow, workflow: 99", "there is no workflow 99")]
    public async Task A_fault_names_the_node(string settings, string fault)
    {
        var errors = await ApplyAsync($$"""
            workflows:
              - id: 50
                name: Tested
                database: 1
                active: true
                nodes:
                  - {id: start, type: start, next: bad}
                  - {id: bad, {{settings}}}
            """);

        errors.ShouldContain(error => error.Message.Contains("node bad", StringComparison.Ordinal) && error.Message.Contains(fault, StringComparison.Ordinal), string.Join('\n', errors));
        (await _app.CountAsync("workflows")).ShouldBe(0);
    }

    [Fact]
    public async Task Without_a_way_in_there_is_no_workflow()
    {
        var errors = await ApplyAsync("workflows: [{id: 50, name: Tested, database: 1, active: true, nodes: [{id: done, type: exit}]}]");
        errors.ShouldHaveSingleItem().Message.ShouldContain("a workflow begins with a node of type start");
    }

    private async Task<IReadOnlyList<WorkspaceError>> ApplyAsync(string yaml)
    {
        var parsed = WorkspaceFile.Parse(yaml, Apply.CheckTemplate);
        return parsed.File is null ? parsed.Errors : (await new ApplyWorkspace(_app.Database, Graph.Check, _app.Clock).RunAsync(parsed.File, CancellationToken.None)).Errors;
    }
}
