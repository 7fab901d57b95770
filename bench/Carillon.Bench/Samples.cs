using System.Globalization;
using Carillon.Bench.Load;

namespace Carillon.Bench;

/// <summary>The workspace and the requests of all scenarios.</summary>
internal static class Samples
{
    private const string Token = "2fefb577533d4cae919350c450755239";

    private const string Profile = $$"""
        {"email":"person{{RequestText.Slot}}@example.com","_fname":"Olivia","_lname":"Brown","phones":["+79{{RequestText.Slot}}"],"city":"Lisbon",
        "subscriptions":[{"channel":"email","email":"person{{RequestText.Slot}}@example.com","resource_id":21}]}
        """;

    /// <summary>A receipt of about 2 KB as a mail, with a condition, a loop and a dozen values.</summary>
    public const string Html = """
        <!DOCTYPE html><html><head><meta charset="utf-8"><title>Your order</title><style>body{font-family:sans-serif;color:#222} td{padding:4px 8px}</style></head>
        <body><h1>Thank you, {lead._fname}!</h1>
        {if lead.city equal "Lisbon"}<p>Your order leaves our house in Lisbon today and is with you tomorrow morning.</p>{else}<p>Your order leaves our house today.</p>{end}
        <table>{for item in apicontent.items}<tr><td>{item.name}</td><td>{item.price}</td></tr>{end}</table>
        <p>Order {apicontent.order}, total {apicontent.total}. We sent this to {lead.email}, because you asked us to tell you about your orders.
        If something is not as it should be, answer to this mail; a person reads it, and answers within a working day.</p>
        <p>You can send anything back within thirty days, as long as it can be sold again: put it into the box it came in, write the number of the
        order on the box, and bring it to any post office. We pay for the way, and give the money back on the day the box arrives. What was broken on
        the way we replace without asking for it back; a picture of it is enough.</p>
        <p>Tea keeps best in a tin, away from light and from anything that smells, and is at its best within a year. The date is on the bottom of the bag.</p>
        <p>The Shop, Rua Augusta 1, Lisbon</p></body></html>
        """;

    public const string Text = """
        Thank you, {lead._fname}!

        {for item in apicontent.items}{item.name}  {item.price}
        {end}
        Order {apicontent.order}, total {apicontent.total}. If something is not as it should be, answer to this mail.
        """;

    public const string Content = $$"""
        {"order":"{{RequestText.Unique}}","total":"42.50","items":[{"name":"Tea & biscuits","price":"12.50"},{"name":"A teapot","price":"30.00"}]}
        """;

    /// <param name="timeout">The message waits a month, so that taking in is measured alone.</param>
    /// <param name="named">With a <c>Request-ID</c>.</param>
    public static RequestText ImportAndStart(bool timeout, bool named = false) => new("campaigns/triggers/import_and_start", OneLine($$"""
        {"token":"{{Token}}","trigger_id":96,"matching":"email","email":"person{{RequestText.Slot}}@example.com","data":{{Profile}},
        "content":{{Content}}{{(timeout ? ",\"timeout\":{\"days\":30}" : "")}}}
        """), named);

    public static RequestText ImportAndStartBatch(int items) => new("campaigns/triggers/import_and_start_batch", OneLine($$"""
        {"token":"{{Token}}","trigger_id":96,"matching":"email","content":{{Content}},"timeout":{"days":30},"data":[{{string.Join(',', Enumerable.Range(0, items).Select(Item))}}]}
        """));

    private static string Item(int number) => string.Create(CultureInfo.InvariantCulture, $$"""
        {"data":{"email":"person{{RequestText.Slot}}.{{number}}@example.com","_fname":"Olivia","_lname":"Brown","phones":["+{{RequestText.Slot}}{{number % 1000:000}}"],"city":"Lisbon",
        "subscriptions":[{"channel":"email","email":"person{{RequestText.Slot}}.{{number}}@example.com","resource_id":21}]} }
        """);

    public static RequestText Start => new("campaigns/triggers/start", OneLine($$"""
        {"token":"{{Token}}","id":96,"matching":"email","email":"person{{RequestText.Slot}}@example.com","content":{{Content}}}
        """));

    /// <summary>For Handlebars, what <see cref="Html"/> and <see cref="Text"/> say for us.</summary>
    public static string Handlebars(string template) => template
        .Replace("{if lead.city equal \"Lisbon\"}", "{{#if (equal lead.city \"Lisbon\")}}", StringComparison.Ordinal).Replace("{else}", "{{else}}", StringComparison.Ordinal)
        .Replace("order leaves our house today.</p>{end}", "order leaves our house today.</p>{{/if}}", StringComparison.Ordinal)
        .Replace("{for item in apicontent.items}", "{{#each apicontent.items}}", StringComparison.Ordinal).Replace("{end}", "{{/each}}", StringComparison.Ordinal)
        .Replace("{item.name}", "{{name}}", StringComparison.Ordinal).Replace("{item.price}", "{{price}}", StringComparison.Ordinal)
        .Replace("{lead.", "{{lead.", StringComparison.Ordinal).Replace("{apicontent.", "{{apicontent.", StringComparison.Ordinal)
        .Replace("_fname}", "_fname}}", StringComparison.Ordinal).Replace("email}", "email}}", StringComparison.Ordinal)
        .Replace(".order}", ".order}}", StringComparison.Ordinal).Replace(".total}", ".total}}", StringComparison.Ordinal);

    /// <summary>A filter that is looked up.</summary>
    public static RequestText StartByLookup => new("campaigns/triggers/start", OneLine($$"""
        {"token":"{{Token}}","id":96,"custom_request":{"email":"person{{RequestText.Slot}}@example.com"},"content":{{Content}}}
        """));

    /// <summary>A filter that must look at every profile, and finds one.</summary>
    public static RequestText StartByLooking => new("campaigns/triggers/start", OneLine($$"""
        {"token":"{{Token}}","id":96,"custom_request":{"email":{"$gte":"person{{RequestText.Slot}}@","$lt":"person{{RequestText.Slot}}A"} },"content":{{Content}}}
        """));

    /// <summary>A run that waits a month.</summary>
    public static RequestText StartWorkflow => new("workflows/import_and_start", OneLine($$"""
        {"token":"{{Token}}","workflow_id":20,"matching":"email","email":"person{{RequestText.Slot}}@example.com","data":{{Profile}},"content":{{Content}}}
        """));

    public static RequestText ImportProfile => new("profiles/import", OneLine($$"""
        {"token":"{{Token}}","db_id":1,"matching":"email","email":"person{{RequestText.Slot}}@example.com","data":{{Profile}}}
        """));

    public static RequestText GetProfile => new("profiles/get", $$"""
        {"token":"{{Token}}","db_id":1,"matching":"email","email":"person{{RequestText.Slot}}@example.com"}
        """);

    public static string Workspace(int sinkPort, int connections, bool hashes = false) => $$"""
        tokens: [{name: api, token: {{Token}}}]
        databases: [{id: 1, name: Customers, email_hashes: {{(hashes ? "true" : "false")}}, fields: [{name: city, type: string}]}]
        resources: [{id: 21, name: Shop, databases: [1], channels: {email: {sender: 1, from_email: shop@example.com, from_name: Shop} } }]
        senders: [{id: 1, channel: email, type: smtp, host: 127.0.0.1, port: {{sinkPort}}, tls: none, connections: {{connections}}, connect_timeout: 3600}]
        templates:
          - id: 5
            name: Receipt
            channels:
              email:
                subject: "Your order {apicontent.order}"
                html: |
        {{Indented(Html)}}
                text: |
        {{Indented(Text)}}
        triggers: [{id: 96, name: Receipt, type: api_call, database: 1, resource: 21, channel: email, template: 5, active: true}]
        workflows:
          - {id: 20, name: Patient, database: 1, active: true, nodes: [{id: start, type: start, next: pause}, {id: pause, type: wait, days: 30}]}
          - id: 21
            name: Busy
            database: 1
            active: true
            nodes:
              - {id: start, type: start, next: pause}
              - {id: pause, type: wait, seconds: 1, next: half}
              - {id: half, type: split, branches: [{name: A, percent: 50, next: here}, {name: B, percent: 50, next: here}]}
              - {id: here, type: condition, branches: [{name: Lisbon, filter: {city: Lisbon}, next: pause}], else: pause}
        """;

    private static string Indented(string text) => string.Join('\n', text.Split('\n').Select(line => "          " + line));

    private static string OneLine(string json) => json.ReplaceLineEndings("");
}
