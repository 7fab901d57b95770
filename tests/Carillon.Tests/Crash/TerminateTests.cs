using System.Text;
using Carillon.Tests.Api;
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

    [Fact]
    public async Task What_never_comes_to_its_end_holds_a_stop_up_for_ten_seconds_at_most()
    {
        var folder = Directory.CreateTempSubdirectory("carillon-tests-");
        await using var sink = new SmtpSink();
        var unanswered = sink.Hold(".");
        using (var server = ServerProcess.Start(folder.FullName, Shop.Write(folder.FullName, Shop.Smtp(sink.Port, connections: 2))))
        {
            using var http = await server.ClientAsync();
            await http.CallAsync("campaigns/triggers/import_and_start", Requests.Json($$$"""
                {"trigger_id":{{{Shop.Repeats}}},"data":{"email":"a@example.com","subscriptions":[{"email":"a@example.com","resource_id":21}]}}
                """));
            await unanswered.ReachedAsync();
            using var upload = await RawConnection.OpenAsync(http.BaseAddress!);
            await upload.SendAsync("POST /api/v1.1/file_upload HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n");
            await upload.ReadAsync(until: "100 Continue");
            await upload.SendAsync("{\"header\":");

            // Fails by itself when it takes longer.
            (await server.TerminateAsync()).ShouldBe(0, server.Said);
        }
        folder.Delete(recursive: true);
    }
}
