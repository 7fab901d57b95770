namespace Carillon.Api.Docs;

/// <summary>What a method of the API is told to people and tools as: the page <c>/docs</c>, OpenAPI and Postman are made of these.</summary>
/// <param name="Path">Its name: the path, without what all paths of its kind begin with.</param>
/// <param name="Summary">One sentence.</param>
/// <param name="Parameters">A line per parameter: its name (with <c>*</c> when it is required; <c>a[].b</c> stands inside), its type, what it means.</param>
/// <param name="Example">The name of the golden request, in <c>tests/Carillon.Tests/Golden/pairs</c>, in JSON and in XML.</param>
public sealed record MethodDoc(string Path, string Summary, string Parameters, string Example)
{
    /// <summary>Its whole path; what stands in braces is told among the parameters.</summary>
    public string Url { get; init; } = "/api/v1.1/" + Path;

    /// <summary>A GET has no body.</summary>
    public IReadOnlyList<string> Verbs { get; init; } = ["POST"];

    /// <summary>Its answer is a sentence with a real HTTP status.</summary>
    public bool Flat { get; init; }

    /// <summary>It asks for no token.</summary>
    public bool Open { get; init; }

    /// <summary>The first word of the path: what the method is about.</summary>
    public string Group => Path.Split('/')[0];

    public bool IsInUrl(ParameterDoc parameter) => Url.Contains($"{{{parameter.Name}}}", StringComparison.Ordinal);

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
