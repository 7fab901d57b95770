namespace Carillon.Templates;

/// <summary>The words that paths start with, and those that no loop variable may take.</summary>
internal static class Roots
{
    public const string Known = "lead, subscription, apicontent, json or a loop variable";

    public static bool IsRoot(ReadOnlySpan<char> word) => word is "lead" or "subscription" or "apicontent" or "json";

    public static bool IsReserved(ReadOnlySpan<char> word) => IsRoot(word) || word is "if" or "for" or "in" or "else" or "end"
        or "and" or "or" or "not" or "equal" or "contains" or "true" or "false" or "jsonpath" or "subscription_field"
        or "unsubscribe" or "globalunsubscribe" or "webversion" or "confirm";

    public static Operand Path(string root, PathName[] names) => root switch
    {
        "lead" => new LeadPath(names),
        "subscription" => new SubscriptionPath(names),
        _ => new ContentPath(fetched: root == "json", names),
    };
}
