using System.Globalization;
using System.Text.Json.Nodes;
using Carillon.Storage;
using Carillon.Templates;

namespace Carillon.Workflows.Steps;

/// <summary>
/// <c>http_request</c>: calls somebody else's server, with variables in URL, headers and body, and keeps its JSON under <c>apicontent.(save_as)</c>.
/// A 5xx, a 429 or no answer is tried again with growing pauses; then, as after any answer but 2xx, the branch <c>failed</c>. A process that dies in
/// the middle makes the request again.
/// </summary>
public sealed class HttpRequestStep : Step
{
    /// <summary>Beyond the time-out: by then the process that asked is dead.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);
    /// <summary>The pause after a try that was not made, because the process had its hands full.</summary>
    private static readonly TimeSpan Crowded = TimeSpan.FromSeconds(30);
    private static readonly string[] Methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];

    private readonly string _method;
    private readonly Template? _url;
    private readonly List<(string Name, Template Value)> _headers = [];
    private readonly Template? _body;
    private readonly string? _saveAs;
    private readonly TimeSpan _timeout;
    private readonly int _retries;

    public HttpRequestStep(NodeReader node) : base(node)
    {
        _method = node.Word("method", Methods, "GET");
        _url = node.OptionalTemplate("url");
        if (_url is null) node.Fail("url", "is required");
        ReadHeaders(node);
        _body = node.OptionalTemplate("body");
        _saveAs = node.OptionalText("save_as", 64);
        _timeout = TimeSpan.FromSeconds(node.Int("timeout_seconds", 1, 60, 10));
        _retries = node.Int("retries", 0, 10, 3);
        node.Exit("next");
        node.Exit("failed");
    }

    public override StepResult Run(Turn turn)
    {
        if (turn.Arrived) return Ask(turn, attempt: 1);
        var attempt = (int)turn.Kept["attempt"]!;
        if ((bool?)turn.Kept["pause"] == true) return Ask(turn, attempt + 1);
        if ((bool?)turn.Event?["unasked"] == true) return Pause(attempt - 1, turn.Now + (long)Crowded.TotalMilliseconds, "too many requests were under way");
        var status = RunJson.Int(turn.Event?["status"]);
        if (status is >= 200 and < 300)
        {
            if (_saveAs is not null) turn.AddContent(_saveAs, turn.Event!["body"]);
            return new Go("next", $"answered {status}");
        }
        var said = status is { } code ? $"answered {code}" : (string?)turn.Event?["error"] ?? "no answer: the process that asked is gone";
        if (status is not (null or 429 or >= 500) || attempt > _retries || (bool?)turn.Event?["refused"] == true) return new Go("failed", said);
        var again = turn.Now + (long)(TimeSpan.FromSeconds(5) * Math.Pow(4, attempt - 1)).TotalMilliseconds;
        return Pause(attempt, again, said);
    }

    /// <param name="attempts">How many tries there were.</param>
    private static Stay Pause(int attempts, long until, string why) =>
        new(until, "", $"{why}; tries again at {Walk.At(until)}", new JsonObject { ["attempt"] = attempts, ["pause"] = true });

    private StepResult Ask(Turn turn, int attempt)
    {
        var url = TurnTemplates.Render(_url!, turn).Text?.Trim() ?? "";
        if (!Uri.TryCreate(url, UriKind.Absolute, out var parsed) || parsed.Scheme is not ("http" or "https")) return new Go("failed", $"'{ShortText.Cut(url, 200)}' is not a URL");
        // It would not be sent, and a value in the template could turn the name of the host into one.
        if (parsed.UserInfo.Length > 0) return new Go("failed", "the URL names a user: send the name and the password in a header");
        var headers = _headers.ConvertAll(header => KeyValuePair.Create(header.Name, TurnTemplates.Render(header.Value, turn).Text ?? ""));
        if (headers.Exists(header => header.Value.Any(char.IsControl))) return new Go("failed", "a header would have several lines");
        if (!turn.TakeHand()) return new Park("waits for its turn: too many requests are under way");
        // The step that is about to be written has the next number: it names this try.
        var number = turn.Run.Steps + 1;
        turn.Call = new HttpCall
        {
            RunId = turn.Run.Id, Shard = turn.Run.Shard, Step = number, Method = _method, Url = parsed, Headers = headers,
            Body = _body is null ? null : TurnTemplates.Render(_body, turn).Text, Timeout = _timeout, NotAfter = turn.Now + (long)Lease.TotalMilliseconds / 2,
        };
        return new Stay(turn.Now + (long)(_timeout + Lease).TotalMilliseconds, "call:" + number.ToString(CultureInfo.InvariantCulture),
            $"asks {_method} {parsed.GetLeftPart(UriPartial.Path)}, try {attempt}", new JsonObject { ["attempt"] = attempt });
    }

    private void ReadHeaders(NodeReader node)
    {
        foreach (var (name, value) in node.Map("headers") ?? [])
        {
            var parse = Template.Parse(NodeReader.Scalar(value) ?? "", TemplateKind.Text);
            if (name.Length == 0 || !name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_')) node.Fail("headers", $"\"{ShortText.Cut(name)}\" is not the name of a header");
            else if (name.Equals("Host", StringComparison.OrdinalIgnoreCase) || name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase)) node.Fail("headers", $"{name} is set by the request itself");
            else if (parse.Template is null) node.Fail("headers", $"{name}: {parse.Error!.Message}");
            else _headers.Add((name, parse.Template));
        }
    }
}
