using System.Text;
using Carillon.Tests.Harness;

namespace Carillon.Tests.Crash;

/// <summary>SIGTERM to the real process.</summary>
public sealed class TerminateTests
{
    [Fact]
    public async Task A_mail_whose_answer_is_pending_is_waited_for_written_down_and_not_sent_again()
    {
        var folder = Directory.CreateTempSubdirectory("carillon-tests-");
        // Longer than a command line library waits by default, shorter than the server's grace.
        await using var sink = new SmtpSink { AnswersAfter = _ => TimeSpan.FromSeconds(2.5) };
        var workspace = Path.Combine(folder.FullName, "workspace.yaml");
        await File.WriteAllTextAsync(workspace, Repository.Read("tests/Carillon.Tests/Harness/workspace.yaml").Replace("port: 2525", $"port: {sink.Port}", StringComparison.Ordinal));
        using (var server = ServerProcess.Start(folder.FullName, workspace))
        {
            using var http = new HttpClient { BaseAddress = await server.ListeningAsync() };
            using var answer = await http.PostAsync("api/v1.1/campaigns/triggers/import_and_start", new StringContent(
                $$$"""{"token":"{{{CarillonApp.Token}}}","trigger_id":96,"data":{"email":"a@example.com","subscriptions":[{"email":"a@example.com","resource_id":21}]}}""", Encoding.UTF8, "application/json"));
            await sink.WaitForAsync(1);

            (await server.TerminateAsync()).ShouldBe(0, server.Said);
        }

        using (var next = ServerProcess.Start(folder.FullName, workspace))
        {
            using var http = new HttpClient { BaseAddress = await next.ListeningAsync() };
            http.DefaultRequestHeaders.Authorization = new("Bearer", CarillonApp.Token);
            (await http.GetStringAsync("api/v2/messages?contact=a@example.com")).ShouldContain("\"state\":\"sent\"");
            (await next.TerminateAsync()).ShouldBe(0, next.Said);
        }
        sink.Count.ShouldBe(1);
        folder.Delete(recursive: true);
    }
}
