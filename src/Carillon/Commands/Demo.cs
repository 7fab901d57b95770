namespace Carillon.Commands;

public static class Demo
{
    public static Task<int> RunAsync(Settings settings, CancellationToken cancel) => Task.FromResult(0);
}
