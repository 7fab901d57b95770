namespace Carillon.Tests.Workspace;

/// <summary>One row per kind of mistake: the file, and the one line that is said about it.</summary>
public sealed class WorkspaceFileErrorTests
{
    private const string Database = "databases:\n  - {id: 1, name: C, fields: [";
    private const string Email = "templates:\n  - id: 5\n    name: W\n    channels:\n      ";
    private const string Nodes = "workflows:\n  - id: 12\n    name: W\n    database: 1\n    nodes:\n";

    [Theory]
    [InlineData("datbases: []", "line 1, column 1: datbases: \"datbases\" is not a known key; did you mean databases?")]
    [InlineData("colour: red", "line 1, column 1: colour: \"colour\" is not a known key; known are tokens, databases, resources, senders, templates, triggers, workflows")]
    [InlineData("tokens: api", "line 1, column 9: tokens: must be a list")]
    [InlineData("tokens: [api]", "line 1, column 10: tokens[0]: must be a mapping of keys to values")]
    [InlineData("tokens:\n  - {token: abcdefghijklmnqrstuvwxyz}", "line 2, column 5: tokens[0].name: is required")]
    [InlineData("tokens:\n  - {name: '', token: abcdefghijklmnqrstuvwxyz}", "line 2, column 12: tokens[0].name: must not be empty")]
    [InlineData("tokens:\n  - {name: a, token: }", "line 2, column 22: tokens[0].token: must not be empty; leave the key out to have a token made")]
    [InlineData("tokens:\n  - {name: a, token: ''}", "line 2, column 22: tokens[0].token: must not be empty; leave the key out to have a token made")]
    [InlineData("tokens:\n  - {name: a, token: 'abcdefgh ijklmnqrstuvwxyz'}", "line 2, column 22: tokens[0].token: must consist of ASCII letters, digits and signs without spaces")]
    [InlineData("tokens:\n  - {name: a}\n  - {name: a}", "line 3, column 12: tokens[1].name: a stands already in line 2")]
    [InlineData("databases:\n  - {id: 1, name: A}\n  - {id: 1, name: B}", "line 3, column 10: databases[1].id: 1 stands already in line 2")]
    [InlineData("databases:\n  - {id: 0, name: A}", "line 2, column 10: databases[0].id: 0 is not between 1 and 2147483647")]
    [InlineData("databases:\n  - {id: 99999999999, name: A}", "line 2, column 10: databases[0].id: 99999999999 is not between 1 and 2147483647")]
    [InlineData("databases:\n  - {id: \"1\", name: A}", "line 2, column 10: databases[0].id: \"1\" is not a whole number")]
    [InlineData("databases:\n  - {id: 1, id: 2, name: A}", "line 2, column 13: id: the key stands twice in the same mapping")]
    [InlineData("databases:\n  - {id: 1, name: [A]}", "line 2, column 19: databases[0].name: must be text")]
    [InlineData("databases:\n  - {id: 1, name: \"A\\nB\"}", "line 2, column 19: databases[0].name: must be one line without control characters")]
    [InlineData("databases:\n  - {id: 1, name: A, unknown_fields: drop}", "line 2, column 38: databases[0].unknown_fields: \"drop\" is not a way to treat unknown fields; known are ignore, reject")]
    [InlineData(Database + "{name: a}]}", "line 2, column 31: databases[0].fields[0].type: is required")]
    [InlineData(Database + "{name: a, type: text}]}", "line 2, column 47: databases[0].fields[0].type: \"text\" is not a field type; known are string, int, float, bool, date, tags, object, objects")]
    [InlineData(Database + "{name: a, type: int}, {name: a, type: int}]}", "line 2, column 60: databases[0].fields[1].name: the field a stands already in this database")]
    [InlineData(Database + "{name: _fname, type: string}]}", "line 2, column 38: databases[0].fields[0].name: may not begin with _: those names belong to the system fields")]
    [InlineData(Database + "{name: email, type: string}]}", "line 2, column 38: databases[0].fields[0].name: email is the name of a system field")]
    [InlineData(Database + "{name: a.b, type: string}]}", "line 2, column 38: databases[0].fields[0].name: must begin with a letter and consist of letters, digits, _ and -: other signs have a meaning in templates and filters")]
    [InlineData(Database + "{name: a, type: string, unique: yes}]}", "line 2, column 63: databases[0].fields[0].unique: \"yes\" is not true or false")]
    [InlineData(Database + "{name: a, type: tags, unique: true}]}", "line 2, column 61: databases[0].fields[0].unique: tags cannot be unique: a tag is there to be shared by many profiles; they can be indexed")]
    [InlineData(Database + "{name: a, type: float, unique: true}]}", "line 2, column 62: databases[0].fields[0].unique: a float cannot be unique: fractions are not exact, so two values that look equal may differ; use string or int")]
    [InlineData(Database + "{name: a, type: object, indexed: true}]}", "line 2, column 64: databases[0].fields[0].indexed: a field of type object cannot be indexed: it has no single value to match on")]
    [InlineData("resources:\n  - {id: 21, name: S, databases: 1}", "line 2, column 34: resources[0].databases: must be a list of whole numbers, such as [1, 2]")]
    [InlineData("resources:\n  - {id: 21, name: S, databases: [x]}", "line 2, column 35: resources[0].databases[0]: \"x\" is not a whole number")]
    [InlineData("resources:\n  - {id: 21, name: S, channels: {emial: {sender: 1}}}", "line 2, column 34: resources[0].channels.emial: \"emial\" is not a channel; did you mean email?")]
    [InlineData("resources:\n  - {id: 21, name: S, channels: {email: {}}}", "line 2, column 41: resources[0].channels.email.sender: is required")]
    [InlineData("resources:\n  - {id: 21, name: S, channels: {email: {sender: 1, from_email: shop}}}", "line 2, column 65: resources[0].channels.email.from_email: \"shop\" is not an e-mail address")]
    [InlineData("resources:\n  - {id: 21, name: S, channels: {email: {sender: 1, from_name: \"a\\r\\nBcc: b\"}}}", "line 2, column 64: resources[0].channels.email.from_name: must be one line without control characters")]
    [InlineData("senders:\n  - {id: 1, channel: email, type: pigeon}", "line 2, column 35: senders[0].type: \"pigeon\" is not a sender type; known are outbox, smtp")]
    [InlineData("senders:\n  - {id: 1, channel: sms, type: outbox}", "line 2, column 22: senders[0].channel: there is no sender for sms yet; email is the only channel that can be sent")]
    [InlineData("senders:\n  - {id: 1, channel: email, type: smtp}", "line 2, column 5: senders[0].host: is required")]
    [InlineData("senders:\n  - {id: 1, channel: email, type: smtp, host: h, port: 70000}", "line 2, column 56: senders[0].port: 70000 is not between 1 and 65535")]
    [InlineData("senders:\n  - {id: 1, channel: email, type: smtp, host: h, tls: ssl}", "line 2, column 55: senders[0].tls: \"ssl\" is not a kind of TLS; known are none, starttls, implicit")]
    [InlineData("senders:\n  - {id: 1, channel: email, type: smtp, host: h, username: u}", "line 2, column 5: senders[0].password: is required with a username")]
    [InlineData("senders:\n  - {id: 1, channel: email, type: outbox, port: 25}", "line 2, column 49: senders[0].port: belongs to senders of type smtp only")]
    [InlineData("senders:\n  - {id: 1, channel: email, type: outbox, connections: 0}", "line 2, column 56: senders[0].connections: 0 is not between 1 and 256")]
    [InlineData("templates:\n  - {id: 5, name: W}", "line 2, column 5: templates[0].channels: is required")]
    [InlineData(Email + "{}", "line 5, column 7: templates[0].channels.email: is required")]
    [InlineData(Email + "email: {subject: S}", "line 5, column 14: templates[0].channels.email: needs html or text")]
    [InlineData(Email + "email: {subject: S, html: '', text: }", "line 5, column 14: templates[0].channels.email: needs html or text")]
    [InlineData(Email + "email: {text: T}", "line 5, column 14: templates[0].channels.email.subject: is required")]
    [InlineData(Email + "email: {subject: \"a\\nb\", text: T}", "line 5, column 24: templates[0].channels.email.subject: must be one line without control characters")]
    [InlineData(Email + "email: {subject: S, text: T}\n      sms: {text: T}", "line 6, column 12: templates[0].channels.sms: content for sms is not supported yet; only email is")]
    [InlineData("triggers:\n  - {id: 9, name: W, type: call, database: 1, resource: 2, channel: email, template: 3}", "line 2, column 28: triggers[0].type: \"call\" is not a trigger type; known are api_call, api_import, action, update, pixel, subscribe")]
    [InlineData("triggers:\n  - {id: 9, name: W, on_unknown: drop, database: 1, resource: 2, channel: email, template: 3}", "line 2, column 34: triggers[0].on_unknown: \"drop\" is not a way out of the unknown; known are repeat, hold")]
    [InlineData("triggers:\n  - {id: 9, name: W, database: 1, resource: 2, template: 3}", "line 2, column 5: triggers[0].channel: is required")]
    [InlineData("workflows:\n  - {id: 12, name: W, database: 1}", "line 2, column 5: workflows[0].nodes: is required")]
    [InlineData("workflows:\n  - {id: 12, name: W, database: 1, reentry: often, nodes: []}", "line 2, column 45: workflows[0].reentry: \"often\" is not a kind of reentry; known are never, not_while_inside, restart, each")]
    [InlineData(Nodes + "      - {id: a}", "line 6, column 9: workflows[0].nodes[0].type: is required")]
    [InlineData(Nodes + "      - {id: a, type: exit}\n      - {id: a, type: exit}", "line 7, column 14: workflows[0].nodes[1].id: the node a stands already in this workflow")]
    [InlineData(Nodes + "      - {id: a, type: start, next: b}", "line 6, column 36: workflows[0].nodes[0].next: node a: \"b\" is not a node of this workflow")]
    public void A_mistake_is_told_with_its_place(string yaml, string expected)
    {
        var result = Given.Parsed(yaml);

        result.Errors.Select(error => error.ToString()).ShouldBe([expected]);
        result.File.ShouldBeNull();
    }
}
