using System.Globalization;
using System.Text;
using Carillon.Tests.Harness;

namespace Carillon.Tests.Api.Fuzz;

/// <summary>A generated request: everything about it follows from its number.</summary>
internal sealed record FuzzRequest(string Verb, string Url, string ContentType, string? RequestId, string? Token, byte[] Body);

/// <summary>What is asked.</summary>
/// <param name="Bodies">The requests that are mutated; all documented ones where there are none. A GET has none.</param>
internal sealed record FuzzTarget(string Verb, string Url, IReadOnlyList<string> Bodies);

/// <summary>Hostile and malformed bodies: mutated documented requests, made-up trees, bombs, broken bytes.</summary>
internal sealed class FuzzBodies(IReadOnlyList<FuzzTarget> targets, int seed)
{
    private static readonly string[] Words =
    [
        "token", "db_id", "id", "trigger_id", "workflow_id", "matching", "email", "phone", "phones", "profile_id", "field_name", "field_value", "provider", "subscription_id", "resource_id",
        "data", "subscriptions", "channel", "status", "priority", "custom_fields", "cats", "cc_data", "email_data", "content", "custom_data", "attach", "name", "mimetype", "timeout", "minutes",
        "expiration", "subscription_filter", "custom_request", "format", "skip_triggers", "interests", "CRM_ID", "vk_id", "age", "rating", "member", "joined", "address", "orders", "_status", "_tz", "_sex",
        "_bdate", "_lat", "_regip", "action", "value", "submatch", "limit", "from_id", "query", "fields", "items", "task_id", "ids", "option", "node", "start", "events", "event", "after", "document", "verdicts", "answers", "$and", "$or", "$in", "$regex", "$not", "file", "\0", "", "__proto__",
    ];

    private static readonly string[] Texts =
    [
        "a@example.com", "b@example.com", "+79990000001", "21", "1", "96", "0", "-1", "true", "email", "custom", "custom_sub", "push_sub", "email_phone", "field_name", "incr", "add", "delete", "upsert", "set", "unset",
        "2026-02-30T25:61:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59+14:00", "99999999999999999999999", "1e308", "NaN", "Infinity", "data:text/plain;base64,SEVMTE8K", "data:;base64,A", "../../etc/passwd",
        "{lead._fname}", "{for a in b}", "'; DROP TABLE profiles; --", "%s%n", "\r\nBcc: x@example.com", "\u202E", "\uFEFF", "\uD83D\uDE00", "\u0000", "a.b.c.d", ".", "tea,coffee,,", "((((((((((a+)+)+)+$", "Europe/Moscow",
    ];

    private static readonly string[] Numbers = ["0", "-0", "1", "-1", "21", "96", "2147483648", "-9223372036854775809", "9223372036854775807", "1e400", "-1e-400", "0.1", "1e5", "00", "1.", ".5", "+1", "0x10", "123456789012345678901234567890.123456789"];

    private static readonly string[] ContentTypes =
        ["application/json", "application/json", "application/json; charset=utf-8", "application/xml", "application/xml", "text/xml", "text/plain", "application/x-www-form-urlencoded", "", "application/json; charset=utf-16", "; ;", "multipart/form-data"];

    private readonly IReadOnlyList<string> _documented = [.. Directory.GetFiles(Path.Combine(Repository.Root, "tests/Carillon.Tests/Golden/pairs"), "*.request.*").Order(StringComparer.Ordinal).Select(File.ReadAllText)];

    public FuzzRequest Make(int number)
    {
        var dice = new Random(unchecked(seed * 31 + number));
        var target = targets[dice.Next(targets.Count)];
        var known = target.Bodies.Count > 0 ? target.Bodies : _documented;
        var kind = dice.Next(100);
        var text = kind switch
        {
            < 45 => Mutated(WithDatabase(known[dice.Next(known.Count)]), dice, dice.Next(0, 4)),
            < 65 => Token(Tree(dice, xml: false)),
            < 80 => Xml(Token(Tree(dice, xml: true))),
            < 88 => Mutated(Token(Tree(dice, xml: false)), dice, dice.Next(1, 6)),
            < 94 => Mutated(Xml(Token(Tree(dice, xml: true))), dice, dice.Next(1, 6)),
            _ => Bomb(dice),
        };
        var body = Broken(Encoding.UTF8.GetBytes(text), dice);
        var type = dice.Next(12) == 0 ? ContentTypes[dice.Next(ContentTypes.Length)] : text.AsSpan().TrimStart() is ['<', ..] ? "application/xml" : "application/json";
        var query = dice.Next(20) switch { 0 => "?format=json", 1 => "?format=xml&token=" + CarillonApp.Token, 2 => "?email=%00&db_id=%31&%ff=%fe", _ => "" };
        var requestId = dice.Next(4) == 0 ? "id " + dice.Next(50).ToString(CultureInfo.InvariantCulture) : null;
        // The bodies of the others have it inside.
        var token = target.Url.StartsWith("/api/v2/", StringComparison.Ordinal) && dice.Next(10) > 0 ? CarillonApp.Token : null;
        return target.Verb == "GET" ? new FuzzRequest("GET", target.Url + query, "", requestId, token, []) : new FuzzRequest(target.Verb, target.Url + query, type, requestId, token, body);
    }

    private static string WithDatabase(string request) =>
        request.StartsWith('{') ? "{\"db_id\":1," + request[1..] : request.Replace("<xml>", "<xml><db_id>1</db_id>", StringComparison.Ordinal);

    private static string Token(string members) => members.StartsWith('{') ? $"{{\"token\":\"{CarillonApp.Token}\"{(members == "{}" ? "" : ",")}{members[1..]}" : $"<token>{CarillonApp.Token}</token>{members}";

    private static string Xml(string members) => $"<xml>{members}</xml>";

    /// <summary>An object of known names and hostile values; some names stand twice.</summary>
    private static string Tree(Random dice, bool xml)
    {
        var text = new StringBuilder();
        var members = Enumerable.Range(0, dice.Next(1, 9)).Select(_ => Words[dice.Next(Words.Length)]).Append(dice.Next(2) == 0 ? "db_id" : "id");
        if (dice.Next(10) > 0) members = members.Distinct();
        if (!xml) text.Append('{');
        foreach (var (index, name) in members.Index())
        {
            if (!xml && index > 0) text.Append(',');
            Member(text, name, dice, xml, depth: 1);
        }
        return (xml ? text : text.Append('}')).ToString();
    }

    private static void Member(StringBuilder text, string name, Random dice, bool xml, int depth)
    {
        if (xml)
        {
            var element = name.Length > 0 && (char.IsAsciiLetter(name[0]) || name[0] == '_') ? name : "x";
            text.Append('<').Append(element).Append(dice.Next(8) == 0 ? " array='true'>" : ">");
            Value(text, name, dice, xml, depth);
            text.Append("</").Append(element).Append('>');
            return;
        }
        Quote(text, name);
        text.Append(':');
        Value(text, name, dice, xml, depth);
    }

    private static void Value(StringBuilder text, string name, Random dice, bool xml, int depth)
    {
        // Half of the time what the name wants, so that some get through the first checks.
        if (dice.Next(2) == 0 && Wanted(name) is { } wanted)
        {
            if (xml) text.Append(wanted.Replace("&", "&amp;", StringComparison.Ordinal));
            else if (int.TryParse(wanted, out _)) text.Append(wanted);
            else Quote(text, wanted);
            return;
        }
        var kind = dice.Next(depth > 6 ? 5 : 10);
        if (name is "data" or "content" or "timeout" or "subscription_filter" or "address" && depth < 4 && dice.Next(5) > 0) kind = 6;
        if (name is "subscriptions" or "attach" or "fields" or "events" or "phones" or "interests" or "orders" && depth < 4 && dice.Next(5) > 0) kind = 8;
        switch (kind)
        {
            case 0: text.Append(xml ? "" : "null"); break;
            case 1: text.Append(dice.Next(2) == 0 ? "true" : "false"); break;
            case 2: text.Append(Numbers[dice.Next(xml ? Numbers.Length : 9)]); break;
            case 6 or 7:
                if (!xml) text.Append('{');
                foreach (var (index, inner) in Enumerable.Range(0, dice.Next(0, 6)).Select(_ => Words[dice.Next(Words.Length)]).Distinct().ToList().Index())
                {
                    if (!xml && index > 0) text.Append(',');
                    Member(text, inner, dice, xml, depth + 1);
                }
                if (!xml) text.Append('}');
                break;
            case 8 or 9:
                if (xml)
                {
                    for (var items = dice.Next(3); items > 0; items--) Member(text, "item", dice, xml, depth + 1);
                    break;
                }
                text.Append('[');
                for (var items = dice.Next(4); items > 0; items--)
                {
                    Value(text, "item", dice, xml, depth + 1);
                    if (items > 1) text.Append(',');
                }
                text.Append(']');
                break;
            default:
                var given = Texts[dice.Next(Texts.Length)];
                if (xml) text.Append(System.Security.SecurityElement.Escape(given.Replace("\0", "", StringComparison.Ordinal)));
                else Quote(text, given);
                break;
        }
    }

    private static string? Wanted(string name) => name switch
    {
        "db_id" => "1", "id" or "trigger_id" => "96", "workflow_id" => "1", "email" or "field_value" => "a@example.com", "phone" or "phones" => "+79990000001", "resource_id" => "21", "matching" or "channel" => "email",
        "field_name" => "CRM_ID", "age" or "vk_id" or "status" or "priority" or "minutes" => "3", "rating" => "1.5", "interests" => "tea,coffee", "joined" or "_bdate" => "2001-12-31", "action" => "incr", "value" => "2",
        "submatch" => "a.b", "expiration" => "2099-01-01T00:00:00Z", "member" => "true", "_tz" => "Europe/Moscow", "format" => "json", "limit" => "10", _ => null,
    };

    private static void Quote(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var letter in value)
        {
            if (letter is '"' or '\\') text.Append('\\').Append(letter);
            else if (letter < ' ') text.Append("\\u").Append(((int)letter).ToString("x4", CultureInfo.InvariantCulture));
            else text.Append(letter);
        }
        text.Append('"');
    }

    private static string Mutated(string request, Random dice, int changes)
    {
        for (; changes > 0 && request.Length > 0; changes--)
        {
            var at = dice.Next(request.Length);
            request = dice.Next(6) switch
            {
                0 => request.Insert(at, Texts[dice.Next(Texts.Length)]),
                1 => request.Remove(at, Math.Min(dice.Next(1, 12), request.Length - at)),
                2 => request.Insert(at, "\"<>&{}[],:\\'"[dice.Next(12)].ToString()),
                3 => request.Insert(at, request.Substring(at, Math.Min(dice.Next(1, 60), request.Length - at))),
                4 => request.Replace("example", Texts[dice.Next(Texts.Length)], StringComparison.Ordinal),
                _ => Swapped(request, dice),
            };
        }
        return request;
    }

    /// <summary>Another value in the place of one, so that the body stays well-formed more often than not.</summary>
    private static string Swapped(string request, Random dice)
    {
        var xml = request.StartsWith('<');
        var (open, close) = xml ? ('>', '<') : (':', ',');
        var start = request.IndexOf(open, dice.Next(request.Length));
        var end = start < 0 ? -1 : request.IndexOf(close, start);
        if (end < 0) return request;
        var value = new StringBuilder();
        Value(value, Words[dice.Next(Words.Length)], dice, xml, depth: 4);
        return request[..(start + 1)] + value + request[end..];
    }

    /// <summary>Small texts that ask for much: depth, entities, long names, many members.</summary>
    private static string Bomb(Random dice)
    {
        var size = dice.Next(1, 2000);
        return dice.Next(11) switch
        {
            0 => new string('[', size),
            1 => $"{{\"token\":\"{CarillonApp.Token}\",\"data\":{new string('[', size)}{new string(']', size)}}}",
            2 => string.Concat(Enumerable.Repeat("{\"a\":", size)) + "1" + new string('}', size),
            3 => string.Concat(Enumerable.Repeat("<xml>", size)) + string.Concat(Enumerable.Repeat("</xml>", size)),
            4 => "<!DOCTYPE xml [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]><xml><token>&b;</token></xml>",
            5 => "<?xml version=\"1.0\"?><!DOCTYPE xml SYSTEM \"file:///etc/passwd\"><xml/>",
            6 => $"<xml {string.Concat(Enumerable.Range(0, size).Select(i => $"a{i}='b' "))}/>",
            7 => $"{{{string.Concat(Enumerable.Range(0, size).Select(i => $"\"k{i}\":{i},"))}\"token\":\"{CarillonApp.Token}\",\"db_id\":1}}",
            8 => $"{{\"token\":\"{CarillonApp.Token}\",\"db_id\":1,\"data\":{{\"email\":\"{new string('a', size)}@example.com\",\"address\":{string.Concat(Enumerable.Repeat("{\"a\":", dice.Next(70)))}1{new string('}', 60)}}}}}",
            9 => $"<xml><token>{CarillonApp.Token}</token><db_id>1</db_id>{string.Concat(Enumerable.Repeat("<![CDATA[a]]><!-- b -->", size))}</xml>",
            _ => "{\"db_id\":" + new string('9', size * 5) + "}",
        };
    }

    /// <summary>Cut off, flipped, or not UTF-8.</summary>
    private static byte[] Broken(byte[] body, Random dice)
    {
        if (body.Length == 0) return body;
        switch (dice.Next(25))
        {
            case 0: return body[..dice.Next(body.Length)];
            case 1: body[dice.Next(body.Length)] = (byte)dice.Next(256); return body;
            case 2: return [0xEF, 0xBB, 0xBF, .. body];
            case 3: return [.. body, .. (ReadOnlySpan<byte>)[0xC3, 0x28, 0xED, 0xA0, 0x80]];
            default: return body;
        }
    }
}
