using Carillon.Api;
using Carillon.Delivery;
using Carillon.Delivery.Email;
using Carillon.History;
using Carillon.Outbox;
using Carillon.Profiles;
using Carillon.Queue;
using Carillon.Repeats;
using Carillon.Retention;
using Carillon.Storage;
using Carillon.Templates;
using Carillon.Triggers;
using Carillon.Workflows;
using Carillon.Workspace;

namespace Carillon.Commands;

/// <summary>Puts the rooms together into a server that can be started. The store is the caller's to open; the server closes it.</summary>
public static class Server
{
    /// <summary>A stop waits so long for requests and deliveries; then what is left is given back to the queue.</summary>
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(9);

    public static WebApplication Build(Settings settings, Database database, TimeProvider time, Action<ILoggingBuilder>? logging = null)
    {
        // Settings are read at the start. To watch their file the host would watch all that is below the current folder: the store too, and hear of each write to it.
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = "Production", Args = ["--hostBuilder:reloadConfigOnChange=false"] });
        builder.WebHost.UseUrls(settings.Urls.Split(';', StringSplitOptions.RemoveEmptyEntries));
        if (settings.Urls.Contains("https://", StringComparison.OrdinalIgnoreCase)) builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // Bodies are counted by the API itself, so that a large one gets the documented answer.
            kestrel.Limits.MaxRequestBodySize = null;
        });
        builder.Services.Configure<HostOptions>(host =>
        {
            host.ShutdownTimeout = ShutdownTimeout;
            // A slow upload must not take the time of the deliveries.
            host.ServicesStopConcurrently = true;
        });
        AddLogging(builder.Logging, logging);
        AddRooms(builder.Services, settings, database, database.Time(time));

        var app = builder.Build();
        database.Logger = app.Services.GetRequiredService<ILogger<Database>>();
        app.Use(Slashes.Fold);
        app.UseRouting();
        Routes.Map(app, takesCalls: settings.Role != "worker");
        return app;
    }

    private static void AddLogging(ILoggingBuilder logging, Action<ILoggingBuilder>? adjust)
    {
        logging.ClearProviders();
        logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            console.UseUtcTimestamp = true;
        });
        logging.SetMinimumLevel(LogLevel.Information);
        logging.AddFilter("Microsoft", LogLevel.Warning);
        adjust?.Invoke(logging);
    }

    /// <summary>The rooms, bottom up.</summary>
    private static void AddRooms(IServiceCollection services, Settings settings, Database database, TimeProvider time)
    {
        services.AddSingleton(time).AddSingleton(_ => database).AddSingleton<WideSearches>().AddSingleton<Ids>().AddSingleton<Telemetry>();
        services.AddSingleton(settings.Api.Deduplication).AddSingleton<AnswerStore>().AddHostedService(provider => provider.GetRequiredService<AnswerStore>());
        services.AddSingleton<QueueSignal>().AddSingleton<RunSignal>().AddSingleton<Watching>();
        services.AddSingleton(provider => new EventStore(database, provider.GetRequiredService<Ids>()) { Watch = provider.GetRequiredService<Watching>().NoticeAsync });
        services.AddSingleton(provider => new Fleet(database, settings.Nodes, works: settings.Role != "api", provider.GetRequiredService<Ids>(), time, provider.GetRequiredService<ILogger<Fleet>>()));
        services.AddHostedService(provider => provider.GetRequiredService<Fleet>());
        services.AddSingleton<TaskQueue>().AddSingleton<TaskEndpoints>().AddSingleton(MakeTaskKinds).AddSingleton<TaskRunner>();

        // Started in this order: whoever works on what is stored does so after the workspace was loaded, or would find no trigger.
        services.AddSingleton<WorkspaceSource>().AddHostedService(provider => provider.GetRequiredService<WorkspaceSource>());
        services.AddSingleton<CheckGraph>(Graph.Check).AddSingleton<ChangeWorkspace>().AddSingleton<WorkspaceEndpoints>();

        if (settings.Role != "api") services.AddHostedService(provider => provider.GetRequiredService<TaskRunner>());
        services.AddSingleton<FillEmailHashes>();
        if (settings.Role != "api") services.AddHostedService(provider => provider.GetRequiredService<FillEmailHashes>());
        services.AddSingleton<ImportProfiles>().AddSingleton<ProfileEndpoints>().AddSingleton<BulkImportEndpoints>().AddSingleton<FieldEndpoints>();

        services.AddSingleton<TemplateEndpoints>();

        services.AddSingleton(new EmailTemplates(settings.MessageIdDomain)).AddSingleton<DropMessages>().AddSingleton<RecordVerdicts>().AddSingleton<Deliveries>();
        if (settings.Role != "api") services.AddHostedService(provider => provider.GetRequiredService<Deliveries>());
        services.AddSingleton<MakeSender>(provider => sender => MakeSender(sender, provider));

        services.AddSingleton(settings.Files).AddSingleton(new LinkSettings((settings.PublicUrl ?? settings.Urls.Split(';')[0]).TrimEnd('/')));
        services.AddSingleton<TriggerLinks>().AddHostedService(provider => provider.GetRequiredService<TriggerLinks>());
        services.AddSingleton<FindProfiles>().AddSingleton<ResolveItems>().AddSingleton<ExpandAudience>().AddSingleton<LaunchToAudience>();
        services.AddSingleton<LaunchTriggers>().AddSingleton<TriggerEndpoints>().AddSingleton<LinkEndpoints>().AddSingleton<FileEndpoints>().AddSingleton<ManagingEndpoints>().AddSingleton<CampaignEndpoints>().AddSingleton<TriggerTask>().AddSingleton<BulkTriggerEndpoints>().AddSingleton<LaunchQueries>().AddSingleton<LaunchEndpoints>();

        services.AddSingleton<LaunchWorkflows>().AddSingleton<WorkflowEndpoints>().AddSingleton<WorkflowTask>().AddSingleton<EngageAudience>().AddSingleton<BulkWorkflowEndpoints>().AddSingleton<RunQueries>().AddSingleton<RunEndpoints>();
        services.AddSingleton<SwitchWorkflow>().AddSingleton<ListEndpoints>().AddSingleton<Simulation>().AddSingleton<SimulateEndpoints>();
        services.AddSingleton(settings.Workflows).AddSingleton<HttpCalls>();
        services.AddSingleton<WorkRuns>().AddSingleton<TakeHappenings>().AddSingleton<DateStarts>().AddSingleton<RunEngine>();
        if (settings.Role != "api") services.AddHostedService(provider => provider.GetRequiredService<RunEngine>());

        services.AddSingleton(settings.Outbox).AddSingleton<OutboxStore>().AddSingleton<OutboxEvents>();

        services.AddSingleton(settings.Retention).AddSingleton<RunCleaning>().AddSingleton<Cleaner>();
        if (settings.Role != "api") services.AddHostedService(provider => provider.GetRequiredService<Cleaner>());

        services.AddSingleton(settings.Api).AddSingleton<RunOnce>().AddSingleton<QuickImport>().AddSingleton<ApiPipeline>().AddSingleton<PrometheusText>().AddSingleton<QueueDepth>().AddSingleton<HealthEndpoints>();

        if (settings.Otlp.On) services.AddSingleton(settings.Otlp).AddHostedService<OtlpExport>();
    }

    /// <summary>The kinds of tasks, in a written list. A kind's name is stored with its tasks and shown by <c>tasks/status</c>.</summary>
    private static TaskKinds MakeTaskKinds(IServiceProvider provider) => new()
    {
        GivenUp = provider.GetRequiredService<ExpandAudience>().GivenUpAsync,
        [TriggerTask.Start] = provider.GetRequiredService<TriggerTask>().RunAsync,
        [TriggerTask.ImportAndStart] = provider.GetRequiredService<TriggerTask>().RunAsync,
        [LaunchToAudience.Kind] = provider.GetRequiredService<LaunchToAudience>().RunAsync,
        [WorkflowTask.ImportAndStart] = provider.GetRequiredService<WorkflowTask>().RunAsync,
        [EngageAudience.Kind] = provider.GetRequiredService<EngageAudience>().RunAsync,
    };

    /// <summary>The types of senders, in a written list.</summary>
    private static ISender? MakeSender(Sender sender, IServiceProvider provider) => sender switch
    {
        { Type: "outbox" } => new OutboxSender(provider.GetRequiredService<OutboxStore>()),
        { Type: "smtp", Smtp: { } smtp } => new SmtpSender(smtp, sender.Connections, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<SmtpSender>>()),
        _ => null,
    };
}
