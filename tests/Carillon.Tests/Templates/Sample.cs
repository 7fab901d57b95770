using System.Text.Json.Nodes;
using Carillon.Templates;

namespace Carillon.Tests.Templates;

/// <summary>One profile, one launch, and the shortest way to put a template to them.</summary>
internal static class Sample
{
    public static TemplateScope Scope() => new()
    {
        Lead = Object("""
            {"id": "5d4a8e9b1c2d3e4f5a6b7c8d", "_fname": "anna", "email": "anna@example.com", "phones": ["+79990000001", "+79990000002"],
             "age": 34, "zero": 0, "price": 1234.5, "vip": true, "blocked": false, "empty": "", "none": null, "code": "007",
             "tags": ["red", "blue"], "no_tags": [], "no_fields": {}, "html": "<b>\"Tom\" & 'Jo'</b>", "evil": "{lead.email}{if }",
             "address": {"city": "Kazan", "zip": 420000}, "_bdate": "1990-03-05", "seen": "2026-05-31T22:30:00Z",
             "first-seen": "early", "имя": "Анна",
             "orders": [{"sku": "A1", "price": 5}, {"sku": "B2", "price": 15.50}, {"sku": "C3", "price": "25"}],
             "subscriptions": [
               {"channel": "sms", "phone": "+71", "resource_id": 21, "status": "unsubscribed", "priority": 0},
               {"channel": "phone", "phone": "+72", "resource_id": 21, "status": "subscribed", "priority": 5},
               {"channel": "sms", "phone": "+73", "resource_id": 22, "status": 0, "priority": 1},
               {"channel": "email", "email": "anna@shop.example", "resource_id": 21, "custom_fields": {"size": "XL"}},
               {"channel": "email", "email": "anna@work.example", "resource_id": 22},
               {"channel": "push", "provider": "android-firebase", "subscription_id": "tok", "resource_id": 21}]}
            """),
        Subscription = Object("""
            {"channel": "email", "email": "anna@shop.example", "resource_id": 21, "hash_id": "e70dbabe", "status": "subscribed",
             "custom_fields": {"size": "XL"}}
            """),
        ApiContent = Object("""{"order": 84, "items": [{"name": "Tea", "n": 2}, {"name": "Jam", "n": 1}], "note": "5 < 6"}"""),
        Json = Object("""{"cities": ["Kazan", "Perm"], "rate": "92.5"}"""),
    };

    public static JsonObject Object(string json) => JsonNode.Parse(json)!.AsObject();

    public static Template Parsed(string source, TemplateKind kind = TemplateKind.Text)
    {
        var parse = Template.Parse(source, kind);
        parse.Error.ShouldBeNull();
        return parse.Template.ShouldNotBeNull();
    }

    public static string Text(string source, TemplateScope? scope = null) => Rendered(source, TemplateKind.Text, scope);

    public static string Html(string source, TemplateScope? scope = null) => Rendered(source, TemplateKind.Html, scope);

    public static bool Holds(string condition) => Text($"{{if {condition}}}yes{{else}}no{{end}}") == "yes";

    public static TemplateError Refusal(string source)
    {
        var parse = Template.Parse(source, TemplateKind.Text);
        parse.Template.ShouldBeNull();
        return parse.Error.ShouldNotBeNull();
    }

    static string Rendered(string source, TemplateKind kind, TemplateScope? scope)
    {
        var render = Parsed(source, kind).Render(scope ?? Scope());
        render.Error.ShouldBeNull();
        return render.Text.ShouldNotBeNull();
    }
}
