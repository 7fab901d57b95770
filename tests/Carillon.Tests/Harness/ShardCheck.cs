using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Carillon.Storage;

namespace Carillon.Tests.Harness;

/// <summary>
/// Looks at every statement that the product executes in the distributed mode: on hot tables <c>shard</c> is bound to ONE value, so
/// that the statement goes to one machine; or the statement is on the list here, with a reason.
/// </summary>
/// <remarks>
/// A reader of our own statements, not of SQL: a table is bound when the same pair of parentheses that names it compares its shard
/// with a parameter, or with the shard of a table that is bound.
/// </remarks>
public static partial class ShardCheck
{
    /// <summary>Statements over several shards, by a piece of their text.</summary>
    private static readonly (string Piece, string Reason)[] Allowed =
    [
        ("SELECT 1 FROM profiles WHERE db_id = @db_id LIMIT 1", "an operator changes a field's type: once in months, and any one profile is enough"),
    ];

    private static readonly string Tables = string.Join('|', Distribution.Hot);

    /// <exception cref="ShardlessException">The statement would go to every machine, or to none that can tell. Who works in the background may swallow it
    /// and try again later: it is kept, and fails the tests that end after it (<see cref="Pass"/>).</exception>
    public static void Look(string sql) => Look(sql, Found);

    internal static void Look(string sql, ConcurrentQueue<string> found)
    {
        if (Problem(sql) is not { } problem) return;
        found.Enqueue($"{problem}: {sql}");
        throw new ShardlessException($"{problem}: {sql}");
    }

    /// <summary>Fails when any statement of this run was not bound to one shard, whoever was told.</summary>
    public static void Pass() => Pass(Found);

    internal static void Pass(ConcurrentQueue<string> found) => found.ShouldBeEmpty("statements that are not bound to one shard");

    private static readonly ConcurrentQueue<string> Found = [];

    /// <summary>What is wrong with a statement, or null.</summary>
    public static string? Problem(string sql)
    {
        var text = Noise().Replace(sql, " ");
        if (SchemaChange().IsMatch(text) || Array.Exists(Allowed, allowed => sql.Contains(allowed.Piece, StringComparison.Ordinal))) return null;
        var scopes = Scopes(text);
        foreach (var scope in scopes)
        {
            foreach (var (table, alias) in TablesOf(scope.Text))
            {
                if (!Bound(scope, table, alias, [])) return $"The shard of {table} is not bound to one value";
            }
        }
        var values = ShardValue().Matches(text).Select(match => match.Groups["value"].Value).Distinct().ToList();
        return values.Count > 1 ? $"The shards are bound to several values ({string.Join(", ", values)})" : null;
    }

    private static bool Bound(Scope scope, string table, string alias, HashSet<string> seen)
    {
        var name = alias.Length > 0 ? alias : table;
        if (!seen.Add(name)) return false;
        // What is inserted takes its shard from the set, or from the values.
        if (Regex.IsMatch(scope.Text, $@"\bINSERT INTO {table}\b", RegexOptions.None, Patience))
            return InsertedShard().IsMatch(scope.Whole);
        var conditions = WhatIsSet().Replace(scope.Text, "SET ");
        if (Regex.IsMatch(conditions, $@"\b{name}\.shard = @\w+", RegexOptions.None, Patience)) return true;
        if (Regex.IsMatch(conditions, @"(?<![\w.])shard = @\w+", RegexOptions.None, Patience)) return true;
        foreach (Match same in Regex.Matches(conditions, $@"\b(?:{name}\.shard = (?<other>\w+)\.shard|(?<other>\w+)\.shard = {name}\.shard)\b", RegexOptions.None, Patience))
        {
            var other = same.Groups["other"].Value;
            for (var around = scope; around is not null; around = around.Outer)
            {
                if (TablesOf(around.Text).Where(found => (found.Alias.Length > 0 ? found.Alias : found.Table) == other).Select(found => found.Table).FirstOrDefault() is { } its
                    && Bound(around, its, other == its ? "" : other, seen)) return true;
            }
        }
        return false;
    }

    private static IEnumerable<(string Table, string Alias)> TablesOf(string text) =>
        Regex.Matches(text, $@"\b(?:FROM|JOIN|UPDATE|INTO)\s+(?<table>{Tables})\b(?:\s+(?:AS\s+)?(?<alias>(?!(?:WHERE|SET|ON|JOIN|INNER|LEFT|CROSS|ORDER|GROUP|LIMIT|VALUES|SELECT|USING|RETURNING|FOR|UNION)\b)[a-z]\w*))?", RegexOptions.None, Patience)
            .Select(match => (match.Groups["table"].Value, match.Groups["alias"].Value));

    /// <summary>A pair of parentheses with a SELECT, UPDATE or DELETE in it, or the whole statement; other parentheses belong to what is around them.</summary>
    private static List<Scope> Scopes(string text)
    {
        List<Scope> done = [];
        var stack = new Stack<(int Start, System.Text.StringBuilder Text)>();
        stack.Push((0, new()));
        List<(int Start, int End, string Text)> found = [];
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '(') stack.Push((i + 1, new()));
            else if (text[i] == ')')
            {
                var (start, inner) = stack.Pop();
                if (Query().IsMatch(inner.ToString()))
                {
                    found.Add((start, i, inner.ToString()));
                    stack.Peek().Text.Append("()");
                }
                else stack.Peek().Text.Append('(').Append(inner).Append(')');
            }
            else stack.Peek().Text.Append(text[i]);
        }
        found.Add((0, text.Length, stack.Pop().Text.ToString()));
        foreach (var (start, end, inner) in Enumerable.Reverse(found))
            done.Add(new Scope(Spaces().Replace(inner, " "), text[start..end], done.LastOrDefault(outer => outer.Start <= start && end <= outer.End), start, end));
        return done;
    }

    private sealed record Scope(string Text, string Whole, Scope? Outer, int Start, int End);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    [GeneratedRegex(@"--[^\n]*|'[^']*'", RegexOptions.NonBacktracking)]
    private static partial Regex Noise();

    [GeneratedRegex(@"^\s*(CREATE|ALTER|DROP)\b", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex SchemaChange();

    [GeneratedRegex(@"^\s*(SELECT|UPDATE|DELETE|INSERT|WITH)\b", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Query();

    [GeneratedRegex(@"SELECT @shard AS shard|VALUES\s*\(\s*@shard\b|\bSELECT @shard\b", RegexOptions.NonBacktracking)]
    private static partial Regex InsertedShard();

    [GeneratedRegex(@"\bshard = (?<value>@\w+)|(?<value>@\w+) AS shard\b", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex ShardValue();

    /// <summary>What columns become, which binds nothing.</summary>
    [GeneratedRegex(@"\bSET\b.*?(?=\bWHERE\b|\bFROM\b|\bRETURNING\b|$)", RegexOptions.Singleline, matchTimeoutMilliseconds: 5000)]
    private static partial Regex WhatIsSet();

    [GeneratedRegex(@"\s+", RegexOptions.NonBacktracking)]
    private static partial Regex Spaces();
}

/// <summary>A statement of the product that is not bound to one shard.</summary>
public sealed class ShardlessException(string message) : Exception(message);
