using Carillon.Storage;
using Carillon.Triggers;

namespace Carillon.Api;

/// <summary>Tells a caller of <c>/api/v2</c> what went wrong here, in the form of its other errors.</summary>
public sealed partial class FaultFilter(ILogger<FaultFilter> logger) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (AwayException)
        {
            return LaunchEndpoints.Problem(503, "The store cannot be reached; try again");
        }
        catch (TimedOutException)
        {
            return LaunchEndpoints.Problem(503, "The store did not answer in time; try again");
        }
        catch (Exception fault) when (!context.HttpContext.RequestAborted.IsCancellationRequested)
        {
            LogFault(context.HttpContext.Request.Path, fault);
            return LaunchEndpoints.Problem(500, "A fault of ours, see the log");
        }
    }

    [LoggerMessage(EventId = 103, Level = LogLevel.Error, Message = "{Path} failed")]
    private partial void LogFault(string path, Exception fault);
}
