namespace Carillon.Outbox;

public static class OutboxEndpoints
{
    public static void Map(RouteGroupBuilder outbox) => outbox.MapGet("/", () => "outbox");
}
