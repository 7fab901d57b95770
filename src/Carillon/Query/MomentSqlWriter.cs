using System.Text.Json;

namespace Carillon.Query;

/// <summary>Conditions on a column of milliseconds: a date that is always there.</summary>
internal sealed class MomentSqlWriter(FilterSqlWriter sql, string column)
{
    public string Write(Test test) => test switch
    {
        Test.In { Values.Dates.Count: > 0 } set => sql.Json.NumberIn(sql.Json.NumberColumn(column), sql.Parameter(JsonSerializer.Serialize(set.Values.Dates.Select(DateText.Milliseconds)))),
        Test.Compare { With.Type: QueryType.Date } compare => $"{column} {Word(compare.Order)} {Milliseconds(compare.With.Text)}",
        Test.Exists => "true",
        Test.HasType types => types.Types.Contains(TypeName.Date) ? "true" : "false",
        _ => "false",
    };

    private string Milliseconds(string moment) => sql.Parameter(DateText.Milliseconds(moment));

    private static string Word(Order order) => order switch { Order.Greater => ">", Order.GreaterOrEqual => ">=", Order.Less => "<", _ => "<=" };
}
