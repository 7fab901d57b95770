namespace Carillon.Workspace;

public static class Channels
{
    public const string Email = "email";

    public static readonly IReadOnlyList<string> All = [Email, "sms", "push"];
}
