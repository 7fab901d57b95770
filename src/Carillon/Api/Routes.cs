using Carillon.Api.Docs;
using Carillon.Outbox;
using Carillon.Profiles;
using Carillon.Queue;
using Carillon.Templates;
using Carillon.Triggers;
using Carillon.Wire;
using Carillon.Workflows;
using Carillon.Workspace;

namespace Carillon.Api;

/// <summary>Every URL of the server.</summary>
public static class Routes
{
    /// <param name="takesCalls">False for a process that only delivers: it answers the operator alone.</param>
    public static void Map(WebApplication app, bool takesCalls)
    {
        if (takesCalls) MapCalls(app);

        // For the operator.
        var health = app.Services.GetRequiredService<HealthEndpoints>();
        app.MapGet("/", HealthEndpoints.Welcome);
        app.MapGet("/healthz", HealthEndpoints.Healthy);
        app.MapGet("/readyz", health.Ready);
        app.MapGet("/metrics", health.Metrics);
    }

    private static void MapCalls(WebApplication app)
    {
        var services = app.Services;
        var (workspace, fields, profiles, triggers, launches) = (services.GetRequiredService<WorkspaceEndpoints>(), services.GetRequiredService<FieldEndpoints>(),
            services.GetRequiredService<ProfileEndpoints>(), services.GetRequiredService<TriggerEndpoints>(), services.GetRequiredService<LaunchEndpoints>());
        var (workflows, runs, scenarios, simulations) = (services.GetRequiredService<WorkflowEndpoints>(), services.GetRequiredService<RunEndpoints>(),
            services.GetRequiredService<ListEndpoints>(), services.GetRequiredService<SimulateEndpoints>());
        var (templates, managing, campaigns) = (services.GetRequiredService<TemplateEndpoints>(), services.GetRequiredService<ManagingEndpoints>(), services.GetRequiredService<CampaignEndpoints>());
        var (links, uploads) = (services.GetRequiredService<LinkEndpoints>(), services.GetRequiredService<FileEndpoints>());
        var pipeline = services.GetRequiredService<ApiPipeline>();

        // The Altcraft User API, v1.1. What changes or launches says how it is kept from being done twice.
        void Post(string path, ApiEndpoint endpoint, Repeat repeat = Repeat.None, Files files = Files.None)
        {
            var route = new Route(path, endpoint, repeat, files);
            app.MapPost("/api/v1.1/" + path, context => pipeline.RunAsync(context, route)).WithMetadata(route);
        }
        var quick = new Route("integrations/any/profile_import", services.GetRequiredService<QuickImport>().Import, Repeat.Inside, Files.None) { Flat = true };
        Post("campaigns/activate", campaigns.Activate, Repeat.Around);
        Post("campaigns/clone", managing.Clone, Repeat.Inside);
        Post("campaigns/deactivate", campaigns.Deactivate, Repeat.Around);
        Post("campaigns/delete", campaigns.Delete, Repeat.Around);
        Post("campaigns/get", campaigns.Get);
        Post("campaigns/get_status", campaigns.GetStatus);
        Post("campaigns/list", campaigns.List);
        Post("campaigns/triggers/add", managing.Add, Repeat.Inside);
        Post("campaigns/triggers/clone", managing.Clone, Repeat.Inside);
        Post("campaigns/triggers/get", managing.Get);
        Post("campaigns/triggers/import_and_start", triggers.ImportAndStart, Repeat.Inside, Files.Attached);
        var (bulkLaunches, bulkImports) = (services.GetRequiredService<BulkTriggerEndpoints>(), services.GetRequiredService<BulkImportEndpoints>());
        Post("campaigns/triggers/import_and_start_batch", bulkLaunches.ImportAndStartBatch, Repeat.Inside, Files.Attached);
        Post("campaigns/triggers/import_and_start_batch_task", bulkLaunches.ImportAndStartBatchTask, Repeat.Inside, Files.Attached);
        Post("campaigns/triggers/start_batch", bulkLaunches.StartBatch, Repeat.Inside, Files.Attached);
        Post("campaigns/triggers/start_batch_task", bulkLaunches.StartBatchTask, Repeat.Inside, Files.Attached);
        Post("campaigns/triggers/list", managing.List);
        Post("campaigns/triggers/start", triggers.Start, Repeat.Inside, Files.Attached);
        Post("campaigns/triggers/update", managing.Update, Repeat.Around);
        Post("databases/fields_get", fields.FieldsGet);
        Post("databases/get", workspace.DatabasesGet);
        Post("databases/list", workspace.DatabasesList);
        Post("profiles/add", bulkImports.Add, Repeat.Inside);
        Post("profiles/add_batch", bulkImports.AddBatch, Repeat.Inside);
        Post("file_upload", uploads.Upload, Repeat.Inside, Files.Uploaded);
        Post("profiles/get", profiles.Get);
        Post("profiles/import", profiles.Import, Repeat.Inside);
        Post("profiles/import_batch", bulkImports.ImportBatch, Repeat.Inside);
        Post("profiles/update", profiles.Update, Repeat.Inside);
        Post("profiles/update_batch", bulkImports.UpdateBatch, Repeat.Inside);
        Post("resources/get", workspace.ResourcesGet);
        Post("resources/list", workspace.ResourcesList);
        Post("tasks/status", services.GetRequiredService<TaskEndpoints>().Status);
        Post("senders/list", workspace.SendersList);
        Post("templates/add", templates.Add, Repeat.Inside);
        Post("templates/delete", templates.Delete, Repeat.Around);
        Post("templates/get", templates.Get);
        Post("templates/list", templates.List);
        Post("templates/update", templates.Update, Repeat.Around);
        Post("workflows/activate", scenarios.Activate, Repeat.Around);
        Post("workflows/deactivate", scenarios.Deactivate, Repeat.Around);
        Post("workflows/import_and_start", workflows.ImportAndStart, Repeat.Inside, Files.Attached);
        var bulkWorkflows = services.GetRequiredService<BulkWorkflowEndpoints>();
        Post("workflows/import_and_start_batch", bulkWorkflows.ImportAndStartBatch, Repeat.Inside, Files.Attached);
        Post("workflows/import_and_start_batch_task", bulkWorkflows.ImportAndStartBatchTask, Repeat.Inside, Files.Attached);
        Post("workflows/list", scenarios.List);
        Post("workflows/start", workflows.Start, Repeat.Inside, Files.Attached);
        // Quick import, for forms.
        app.MapPost("/api/integrations/any/profile_import", context => pipeline.RunAsync(context, quick)).WithMetadata(quick);
        // Whatever else, with any verb. Typed as RequestDelegate, or the library would look for parameters to bind.
        app.Map("/api/{**path}", (RequestDelegate)pipeline.RefuseAsync);

        // Version 1.0: the link is the right to call. No GET but this one changes anything; the original's does.
        Task Follow(HttpContext context)
        {
            var (token, who) = ((string)context.Request.RouteValues["link"]!, (string)context.Request.RouteValues["who"]!);
            return pipeline.RunLinkAsync(context, $"trg/{token}/{who}", token, call => links.Start(call, token, who));
        }
        app.MapGet("/trg/{link}/{who}", Follow);
        app.MapPost("/trg/{link}/{who}", Follow);

        // What the methods are, for people and tools.
        DocsEndpoints.Map(app, services.GetRequiredService<LinkSettings>());

        // Ours, v2: what became of it.
        var v2 = app.MapGroup("/api/v2").AddEndpointFilter<FaultFilter>().AddEndpointFilter<BearerFilter>();
        void Ours(string verb, string path, Delegate endpoint)
        {
            v2.MapMethods(path, [verb], endpoint);
            app.Map("/api/v2" + path, Strays.Only(verb));
        }
        Ours("GET", "/launches/{id}", launches.GetLaunch);
        Ours("GET", "/messages", launches.SearchMessages);
        Ours("GET", "/runs", runs.SearchRuns);
        Ours("GET", "/runs/{id}", runs.GetRun);
        Ours("GET", "/workflows/{id:int}", runs.GetWorkflow);
        Ours("POST", "/workflows/{id:int}/simulate", simulations.Simulate);
        app.Map("/api/v2/{**path}", (RequestDelegate)Strays.NoSuchUrl);

        // The built-in mailbox.
        OutboxEndpoints.Map(app.MapGroup("/outbox"));
    }
}
