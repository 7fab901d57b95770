using System.Globalization;
using Carillon.Tests.Harness;
using Xunit.Abstractions;

namespace Carillon.Tests.Crash;

/// <summary>The disk is full for a while, under load: whoever was told that nothing was stored gets nothing, whoever was acknowledged gets a mail, once.</summary>
public sealed class FullDiskTests(ITestOutputHelper output) : IAsyncLifetime
{
    private static readonly TimeSpan LongestDrain = TimeSpan.FromSeconds(90);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("carillon-full-");
    private readonly SmtpSink _sink = NewSink();
    private SmallDisk _disk = null!;
    private PostgresCluster? _postgres;
    private ServerProcess? _server;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        _server?.Dispose();
        if (_postgres is not null) await _postgres.DisposeAsync();
        await _disk.DisposeAsync();
        await _sink.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [SmallDiskFact]
    public async Task On_SQLite()
    {
        _disk = await SmallDisk.MountAsync(200);
        var data = Directory.CreateDirectory(Path.Combine(_disk.Folder, "data")).FullName;
        _server = ServerProcess.Start(data, Shop.Write(_folder.FullName, Shop.Smtp(_sink.Port, connections: 4)));
        await RunAsync(() => Task.CompletedTask, () => Task.FromResult(Autopsy.Undecided(data)));
    }

    [SmallDiskFact(Postgres = true)]
    public async Task On_PostgreSQL()
    {
        _disk = await SmallDisk.MountAsync(400);
        _postgres = await PostgresCluster.StartAsync(Directory.CreateDirectory(Path.Combine(_disk.Folder, "pg")).FullName);
        _server = ServerProcess.Start(_folder.FullName, Shop.Write(_folder.FullName, Shop.Smtp(_sink.Port, connections: 4)), _postgres.Connection);
        // A PostgreSQL that cannot write its log ends; its operator makes room and starts it.
        await RunAsync(_postgres.StartUnlessThereAsync, async () => long.Parse((await _postgres.QueryAsync("SELECT COUNT(*) FROM messages WHERE state IN (0, 1)"))[0], CultureInfo.InvariantCulture));
    }

    private async Task RunAsync(Func<Task> repair, Func<Task<long>> undecided)
    {
        var node = await _server!.ListeningAsync();
        using var load = new StubbornLoad(clients: 4, () => node, () => _sink.Count);
        using var stop = new CancellationTokenSource();
        var loading = load.RunAsync([('a', Shop.Repeats)], stop.Token);
        await _sink.WaitForAsync(50);

        await _disk.FillAsync();
        await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System);
        var acknowledgedWhenFull = load.Acknowledged.Count;
        _disk.Free();
        await repair();
        using var patience = new CancellationTokenSource(LongestDrain, TimeProvider.System);
        while (load.Acknowledged.Count <= acknowledgedWhenFull) await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, patience.Token);
        await stop.CancelAsync();
        await loading;
        while (await undecided() > 0) await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, patience.Token);

        var delivered = _sink.Mails.Select(mail => mail.Header("Subject")).ToList();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| asked {load.Asked} | acknowledged {load.Acknowledged.Count} | outcome unknown, asked again {load.Unknown} | told that nothing was stored {load.Refused.Count} | delivered {delivered.Count} |"));
        load.Refused.ShouldNotBeEmpty("the disk was full");
        load.Acknowledged.Except(delivered).ShouldBeEmpty(_server.Said);
        load.Refused.Intersect(delivered).ShouldBeEmpty("the caller was told that nothing was stored");
        delivered.GroupBy(address => address).Where(mails => mails.Count() > 1).ShouldBeEmpty();
        load.Surprises.ShouldBeEmpty(_server.Said);
    }

    private static SmtpSink NewSink() => new();
}
