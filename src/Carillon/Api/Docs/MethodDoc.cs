namespace Carillon.Api.Docs;

/// <summary>What a method of the API is told to people and tools as: the page <c>/docs</c>, OpenAPI and Postman are made of these.</summary>
/// <param name="Path">As in the table of routes.</param>
/// <param name="Summary">One sentence.</param>
/// <param name="Parameters">A line per parameter: its name (with <c>*</c> when it is required; <c>a[].b</c> stands inside), its type, what it means.</param>
/// <param name="Example">The name of the golden request, in <c>tests/Carillon.Tests/Golden/pairs</c>, in JSON and in XML.</param>
public sealed record MethodDoc(string Path, string Summary, string Parameters, string Example)
{
    /// <summary>The first word of the path: what the method is about.</summary>
    public string Group => Path.Split('/')[0];

    /// <summary>The parameters in the order in which they are told.</summary>
    public IReadOnlyList<ParameterDoc> Read() =>
    [
        .. Parameters.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(line =>
        {
            var words = line.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            return new ParameterDoc(words[0].TrimEnd('*'), words[1], words[0].EndsWith('*'), words.Length > 2 ? words[2] : "");
        }),
    ];
}

/// <param name="Type"><c>text int number bool object texts ints objects any moment</c>.</param>
public sealed record ParameterDoc(string Name, string Type, bool Required, string Description);
