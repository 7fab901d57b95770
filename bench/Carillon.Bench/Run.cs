using Carillon.Bench.Scenarios;

namespace Carillon.Bench;

/// <summary>The scenarios in their order, one after the other, each with servers and data of its own.</summary>
internal static class Run
{
    public static async Task<int> AllAsync(Options options)
    {
        var machine = Machine.Look(options.Data);
        Console.WriteLine(machine);
        var report = new Report();
        if (options.Wants("baseline")) await Baseline.RunAsync(options, report);
        if (options.Wants("import")) await Import.RunAsync(options, report);
        if (options.Wants("start")) await Start.RunAsync(options, report);
        if (options.Wants("deliver")) await Deliver.RunAsync(options, report);
        if (options.Wants("render")) Render.Run(options, report);
        if (options.Wants("memory")) await Memory.RunAsync(options, report);
        if (options.Json is { } file) await File.WriteAllTextAsync(file, report.ToJson(machine, options));
        return 0;
    }
}
