namespace Carillon.Tests.Workspace;

public sealed class WorkspaceDocsTests
{
    [Fact]
    public async Task Every_example_in_the_docs_can_be_applied()
    {
        var examples = Fenced(await File.ReadAllTextAsync(Path.Combine(Given.Root, "docs/workspace.md")), "yaml");

        examples.ShouldNotBeEmpty();
        foreach (var example in examples)
        {
            var temporary = new TemporaryDatabase();
            var result = await (await temporary.OpenAsync()).ApplyAsync(example);
            result.Errors.ShouldBeEmpty();
            result.Changes.ShouldNotBeEmpty();
            await temporary.DeleteAsync();
        }
    }

    private static List<string> Fenced(string page, string language) =>
        [.. page.Split($"```{language}\n").Skip(1).Select(rest => rest[..rest.IndexOf("```", StringComparison.Ordinal)])];
}
