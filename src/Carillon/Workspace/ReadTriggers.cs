namespace Carillon.Workspace;

/// <summary>Reads <c>triggers</c>.</summary>
public static class ReadTriggers
{
    /// <summary>The original's kinds of trigger. Only <c>api_call</c> can be launched; the others keep their place in a file.</summary>
    private static readonly string[] Types = ["api_call", "api_import", "action", "update", "pixel", "subscribe"];

    public static Trigger Trigger(MapReader map) => new()
    {
        Id = map.Int("id", 1, int.MaxValue),
        Name = map.Text("name"),
        Type = map.Word("type", "trigger type", Types, Types[0]),
        Database = map.Int("database", 1, int.MaxValue),
        Resource = map.Int("resource", 1, int.MaxValue),
        Channel = map.Word("channel", "channel", Channels.All, null),
        Template = map.Int("template", 1, int.MaxValue),
        Active = map.Bool("active", false),
        Unconditional = map.Bool("unconditional", false),
        OnUnknown = map.Word<OnUnknown>("on_unknown", "way out of the unknown", OnUnknown.Repeat),
    };
}
