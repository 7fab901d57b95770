using Carillon.Query;

namespace Carillon.Workflows;

/// <summary>Reads filters in the settings of nodes.</summary>
public static class FilterReader
{
    /// <summary>Null when the key is absent or its filter is refused; the fault is written down.</summary>
    public static Filter? Read(NodeReader node, string key, QueryFields fields)
    {
        if (node.Map(key) is not { } document) return null;
        var (filter, problem) = FilterParser.Parse(document, fields);
        if (filter is null) node.Fail(key, problem);
        return filter;
    }
}
