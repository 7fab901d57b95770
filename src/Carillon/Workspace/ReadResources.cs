namespace Carillon.Workspace;

using CheckTemplate = Func<string, bool, (int Line, int Column, string Message)?>;

/// <summary>Reads <c>resources</c> and how they speak on each channel.</summary>
public static class ReadResources
{
    public static Resource Resource(MapReader map, CheckTemplate check) => new()
    {
        Id = map.Int("id", 1, int.MaxValue),
        Name = map.Text("name"),
        Url = map.OptionalText("url", 2000) ?? "",
        Databases = map.Ints("databases", 1, int.MaxValue),
        Channels = ChannelsOf(map, check),
    };

    private static Dictionary<string, ResourceChannel> ChannelsOf(MapReader map, CheckTemplate check)
    {
        Dictionary<string, ResourceChannel> channels = [];
        if (map.Inside("channels") is not { } written) return channels;
        foreach (var name in Channels.All)
        {
            if (written.Inside(name) is { } channel) channels[name] = Channel(channel, name, check);
        }
        written.Finish("channel");
        return channels;
    }

    private static ResourceChannel Channel(MapReader map, string name, CheckTemplate check)
    {
        var channel = new ResourceChannel { Sender = map.Int("sender", 1, int.MaxValue) };
        if (name == Channels.Email)
        {
            channel = channel with
            {
                FromEmail = EmailKeys.Address(map, "from_email", check),
                FromName = EmailKeys.Line(map, "from_name", check),
                ReplyToEmail = EmailKeys.Address(map, "reply_to_email", check),
                ReplyToName = EmailKeys.Line(map, "reply_to_name", check),
            };
        }
        map.Finish();
        return channel;
    }
}
