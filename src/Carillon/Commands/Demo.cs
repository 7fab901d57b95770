using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Reflection;
using System.Text;
using Carillon.Delivery;
using Carillon.Outbox;
using Carillon.Outbox.Mime;
using Carillon.Queue;
using Carillon.Storage;
using Carillon.Workflows;
using Carillon.Workspace;

namespace Carillon.Commands;

/// <summary>
/// <c>carillon demo</c>: a server on a folder that is thrown away afterwards, with a workspace of its own.
/// </summary>
/// <remarks>
/// <code>
///   fresh folder -- demo workspace -- listen -- one documented request over HTTP -- its mail -- where to look -- serve
/// </code>
/// </remarks>
public static class Demo
{
    /// <summary>If the mail is not there by then, something is broken.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static Task<int> RunAsync(Settings settings, CancellationToken cancel) => RunAsync(settings, Console.Out, cancel);

    public static async Task<int> RunAsync(Settings settings, TextWriter output, CancellationToken cancel)
    {
        var folder = Directory.CreateTempSubdirectory("carillon-demo-");
        try
        {
            var (urls, moved) = ChooseUrls(settings.Urls);
            await ServeAsync(settings with { Data = folder.FullName, Urls = urls, Workspace = null, Database = null, Role = "all" }, new DemoScreen(output, moved), cancel);
            return 0;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task ServeAsync(Settings settings, DemoScreen screen, CancellationToken cancel)
    {
        if (settings.Problem() is { } problem) throw new SettingsException(problem);
        var database = await Stores.OpenAsync(settings, TimeProvider.System, cancel);
        // The screen is for the demo's own words; what goes wrong is still logged.
        await using var app = Server.Build(settings, database, TimeProvider.System, logging => logging.SetMinimumLevel(LogLevel.Warning));
        await ApplyAsync(database, cancel);
        await Serve.StartAsync(app, settings, cancel);

        var address = Reachable(app.Urls.First());
        var request = Read("request.json");
        screen.Request(address, request);
        var (answer, verdict) = await LaunchAsync(app.Services, address, request, cancel);
        screen.Answer(answer);
        if (verdict.Next == MessageState.Sent) screen.Mail(await FirstMailAsync(app.Services, cancel));
        else screen.NotSent(verdict);
        screen.WhereToLook(address);
        await app.WaitForShutdownAsync(cancel);
        screen.Stopped();
    }

    private static async Task ApplyAsync(Database database, CancellationToken cancel)
    {
        var parsed = WorkspaceFile.Parse(Read("workspace.yaml"), Apply.CheckTemplate);
        var errors = parsed.File is { } file ? (await new ApplyWorkspace(database, Graph.Check, TimeProvider.System).RunAsync(file, cancel)).Errors : parsed.Errors;
        if (errors.Count > 0) throw new InvalidOperationException($"The demo workspace is wrong: {errors[0]}");
    }

    /// <summary>Sends the request and waits until its message has a verdict.</summary>
    private static async Task<(string Answer, Verdict Verdict)> LaunchAsync(IServiceProvider services, Uri address, string request, CancellationToken cancel)
    {
        var decided = new TaskCompletionSource<Verdict>(TaskCreationOptions.RunContinuationsAsynchronously);
        var verdicts = services.GetRequiredService<RecordVerdicts>();
        void Take(IReadOnlyList<Recorded> recorded) => decided.TrySetResult(recorded[0].Verdict);
        verdicts.Committed += Take;
        try
        {
            // The server is on this machine: a proxy of the environment would not find it.
            using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = address };
            using var body = new StringContent(request, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
            using var response = await http.PostAsync(new Uri(DemoScreen.Path, UriKind.Relative), body, cancel);
            var answer = await response.Content.ReadAsStringAsync(cancel);
            if (!answer.Contains("\"error\":0", StringComparison.Ordinal)) throw new SettingsException($"The server answered the demo's request with {answer}");
            return (answer, await decided.Task.WaitAsync(Patience, TimeProvider.System, cancel));
        }
        finally
        {
            verdicts.Committed -= Take;
        }
    }

    private static async Task<ReadMail> FirstMailAsync(IServiceProvider services, CancellationToken cancel)
    {
        var store = services.GetRequiredService<OutboxStore>();
        return MailReader.Read((await store.FindAsync(await store.NewestAsync(cancel), cancel))!.Source);
    }

    /// <summary>When nobody said where to listen and the port is taken, the next free one will do as well.</summary>
    private static (string Urls, bool Moved) ChooseUrls(string wanted)
    {
        if (wanted != new Settings().Urls) return (wanted, false);
        var first = new Uri(wanted).Port;
        if (IsFree(first)) return (wanted, false);
        // Port 0: the system chooses.
        var other = Enumerable.Range(first + 1, 20).FirstOrDefault(IsFree);
        return ($"http://127.0.0.1:{other}", true);
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>The address to call when the server listens on every address of the machine.</summary>
    private static Uri Reachable(string url) =>
        new(url.Replace("://0.0.0.0", "://127.0.0.1", StringComparison.Ordinal).Replace("://[::]", "://[::1]", StringComparison.Ordinal));

    private static string Read(string name)
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream("Carillon.Demo." + name)!);
        return reader.ReadToEnd();
    }
}
