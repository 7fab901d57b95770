using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Carillon.Tests.Harness;

namespace Carillon.Tests.Crash;

/// <summary>What tests with a server of their own share: a small workspace, and calls to it.</summary>
internal static class Shop
{
    /// <summary>The trigger whose messages are sent again when nobody knows what became of them; their subject is the content's <c>marker</c>.</summary>
    public const int Repeats = 96;
    /// <summary>The one whose messages are held then.</summary>
    public const int Holds = 97;

    /// <summary>Writes the workspace file into a folder; its path.</summary>
    /// <param name="sender">Where messages go.</param>
    /// <param name="more">Further lines.</param>
    public static string Write(string folder, string sender = "type: outbox", string more = "")
    {
        var path = Path.Combine(folder, "workspace.yaml");
        File.WriteAllText(path, $$"""
            tokens: [{name: api, token: {{LaunchLoad.Token}}}]
            databases: [{id: 1, name: Customers}]
            resources: [{id: 21, name: Shop, databases: [1], channels: {email: {sender: 1, from_email: shop@example.com} } }]
            senders: [{id: 1, channel: email, {{sender}}}]
            templates: [{id: 5, name: Welcome, channels: {email: {subject: "{apicontent.marker}", text: "Hello"} } }]
            triggers:
              - {id: {{Repeats}}, name: Welcome, type: api_call, database: 1, resource: 21, channel: email, template: 5, active: true, on_unknown: repeat}
              - {id: {{Holds}}, name: Code, type: api_call, database: 1, resource: 21, channel: email, template: 5, active: true, on_unknown: hold}
            {{more}}
            """);
        return path;
    }

    /// <summary>The sender that speaks SMTP to a port of this machine.</summary>
    public static string Smtp(int port, int connections) => string.Create(CultureInfo.InvariantCulture, $"type: smtp, host: 127.0.0.1, port: {port}, tls: none, connections: {connections}");

    /// <summary>A client with the token, once the server listens.</summary>
    public static async Task<HttpClient> ClientAsync(this ServerProcess server)
    {
        var http = new HttpClient { BaseAddress = await server.ListeningAsync() };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", LaunchLoad.Token);
        return http;
    }

    /// <summary>Calls a method, which must succeed.</summary>
    public static async Task<JsonObject> CallAsync(this HttpClient http, string method, JsonObject body, params (string Name, string Value)[] headers)
    {
        var answer = await CarillonApp.SendAsync(http, method, Encoding.UTF8.GetBytes(body.ToJsonString()), "application/json", headers);
        answer.Error.ShouldBe(0, answer.Text);
        return answer.Json;
    }
}
