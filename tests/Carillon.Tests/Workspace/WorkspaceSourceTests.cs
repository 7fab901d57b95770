using Carillon.Tests.Harness;
using Carillon.Storage;
using Carillon.Workspace;

namespace Carillon.Tests.Workspace;

public sealed class WorkspaceSourceTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TemporaryDatabase _temporary = new();
    private readonly FakeClock _time = new();
    private Database _here = null!;
    private Database _elsewhere = null!;
    private WorkspaceSource _source = null!;

    public async Task InitializeAsync()
    {
        _here = await _temporary.OpenAsync();
        _elsewhere = await _temporary.OpenAsync();
        _source = _temporary.Keep(new WorkspaceSource(_here, _time));
    }

    public Task DisposeAsync() => _temporary.DeleteAsync();

    [Fact]
    public async Task An_installation_nobody_set_up_is_empty()
    {
        await _source.LoadAsync(CancellationToken.None);

        _source.Current.ShouldBeSameAs(WorkspaceModel.Empty);
    }

    [Fact]
    public async Task A_refresh_takes_only_what_is_new()
    {
        await _source.LoadAsync(CancellationToken.None);
        await _elsewhere.ApplyAsync(Given.Example);

        (await _source.RefreshIfChangedAsync(CancellationToken.None)).ShouldBeTrue();
        var picture = _source.Current;
        (await _source.RefreshIfChangedAsync(CancellationToken.None)).ShouldBeFalse();

        picture.Triggers[96].Name.ShouldBe("Welcome");
        _source.Current.ShouldBeSameAs(picture);
    }

    [Fact]
    public async Task The_background_sees_what_another_process_changed()
    {
        await _source.StartAsync(CancellationToken.None);
        var changed = new TaskCompletionSource<(WorkspaceModel Old, WorkspaceModel Fresh)>(TaskCreationOptions.RunContinuationsAsynchronously);
        _source.Changed += (old, fresh) => changed.SetResult((old, fresh));
        await _elsewhere.ApplyAsync(Given.Example);

        _time.Advance(WorkspaceSource.Period);

        var (old, fresh) = await changed.Task.WaitAsync(Patience);
        old.Senders.ShouldBeEmpty();
        fresh.Senders.Keys.Order().ShouldBe([1, 2]);
        _source.Current.ShouldBeSameAs(fresh);
    }

    [Fact]
    public async Task A_handler_that_throws_hurts_no_other()
    {
        var called = 0;
        _source.Changed += (_, _) => throw new InvalidOperationException("a defect of somebody else");
        _source.Changed += (_, _) => called++;
        await _elsewhere.ApplyAsync(Given.Example);

        await _source.LoadAsync(CancellationToken.None);

        called.ShouldBe(1);
    }

    [Fact]
    public async Task A_token_made_by_another_process_works_at_once()
    {
        await _source.LoadAsync(CancellationToken.None);
        var made = await TokenStore.CreateAsync(_elsewhere, "cron", TimeProvider.System, CancellationToken.None);

        var token = await _source.FindTokenAsync(made.Token!.Secret, CancellationToken.None);

        token!.Name.ShouldBe("cron");
    }

    [Fact]
    public async Task Unknown_tokens_cost_one_look_a_second()
    {
        await _source.LoadAsync(CancellationToken.None);
        (await _source.FindTokenAsync("a-secret-nobody-ever-made", CancellationToken.None)).ShouldBeNull();
        var made = await TokenStore.CreateAsync(_elsewhere, "cron", TimeProvider.System, CancellationToken.None);

        (await _source.FindTokenAsync(made.Token!.Secret, CancellationToken.None)).ShouldBeNull();
        _time.Advance(WorkspaceSource.Period);
        (await _source.FindTokenAsync(made.Token!.Secret, CancellationToken.None))!.Name.ShouldBe("cron");
    }

    [Theory]
    [InlineData("")]
    [InlineData("short")]
    public async Task A_text_that_cannot_be_a_secret_is_no_token(string secret) =>
        (await _source.FindTokenAsync(secret, CancellationToken.None)).ShouldBeNull();

    [Fact]
    public async Task Many_callers_at_once_all_find_the_new_token()
    {
        await _source.LoadAsync(CancellationToken.None);
        var made = await TokenStore.CreateAsync(_elsewhere, "cron", TimeProvider.System, CancellationToken.None);

        var found = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(async () => await _source.FindTokenAsync(made.Token!.Secret, CancellationToken.None))));

        found.ShouldAllBe(token => token!.Name == "cron");
    }

    [Fact]
    public async Task It_may_be_stopped_and_disposed_of_twice()
    {
        await _source.StartAsync(CancellationToken.None);

        await _source.StopAsync(CancellationToken.None);
        await _source.DisposeAsync();
        await _source.DisposeAsync();
    }
}
