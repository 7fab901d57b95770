using System.Text.Json.Serialization;

namespace Carillon.Workspace;

/// <summary>
/// What an installation consists of: an immutable picture of every workspace table, held in memory and replaced as a
/// whole when something changes (see <see cref="WorkspaceSource"/>). Hot rows (profiles, messages...) are not part of it.
/// </summary>
public sealed record WorkspaceModel
{
    public static readonly WorkspaceModel Empty = new();

    /// <summary>Grows by one with every change; 0 is an installation that nobody has set up yet.</summary>
    public long Version { get; init; }
    public IReadOnlyDictionary<string, Token> TokensByHash { get; init; } = new Dictionary<string, Token>();
    public IReadOnlyDictionary<int, ProfileDatabase> Databases { get; init; } = new Dictionary<int, ProfileDatabase>();
    public IReadOnlyDictionary<int, Resource> Resources { get; init; } = new Dictionary<int, Resource>();
    public IReadOnlyDictionary<int, Sender> Senders { get; init; } = new Dictionary<int, Sender>();
    public IReadOnlyDictionary<int, MessageTemplate> Templates { get; init; } = new Dictionary<int, MessageTemplate>();
    public IReadOnlyDictionary<int, Trigger> Triggers { get; init; } = new Dictionary<int, Trigger>();
    public IReadOnlyDictionary<int, Workflow> Workflows { get; init; } = new Dictionary<int, Workflow>();
}

/// <summary>A right to call the API. Only the SHA-256 of the secret is kept, in lower-case hex.</summary>
public sealed record Token(string Name, string Hash);

/// <summary>A database of profiles: a set of fields and the profiles that have them.</summary>
public sealed record ProfileDatabase
{
    private readonly IReadOnlyList<Field> _matchable = [];

    public required int Id { get; init; }
    public required string Name { get; init; }
    public string Description { get; init; } = "";
    /// <summary>What an import does with a field that is neither a system field nor in <see cref="Fields"/>.</summary>
    public UnknownFields UnknownFields { get; init; } = UnknownFields.Ignore;
    /// <summary>Profiles can be found by the MD5 and the XXH64 of their e-mail, as trigger links do. Two rows of the lookup more per profile. Default false.</summary>
    public bool EmailHashes { get; init; }
    /// <summary>Custom fields by name. System fields (<c>_fname</c>, <c>email</c>...) are not listed here.</summary>
    public IReadOnlyDictionary<string, Field> Fields
    {
        get;
        init
        {
            field = value;
            _matchable = [.. value.Values.Where(each => each.Matchable)];
        }
    } = new Dictionary<string, Field>(StringComparer.Ordinal);
    /// <summary>Those that profiles are found by.</summary>
    [JsonIgnore]
    public IReadOnlyList<Field> MatchableFields => _matchable;
}

public enum UnknownFields { Ignore, Reject }

/// <summary>A custom field. Only unique and indexed fields can be matched on; a unique value belongs to one profile.</summary>
public sealed record Field(string Name, FieldType Type, bool Unique = false, bool Indexed = false)
{
    public bool Matchable => Unique || Indexed;
}

public enum FieldType { String, Int, Float, Bool, Date, Tags, Object, Objects }

/// <summary>A publisher of content (a shop, an app, a kind of mailing) that profiles subscribe to.</summary>
public sealed record Resource
{
    public required int Id { get; init; }
    public required string Name { get; init; }
    public string Url { get; init; } = "";
    /// <summary>The databases whose profiles may subscribe here.</summary>
    public IReadOnlyList<int> Databases { get; init; } = [];
    /// <summary>Channel settings by channel name (<c>email</c>, <c>sms</c>, <c>push</c>).</summary>
    public IReadOnlyDictionary<string, ResourceChannel> Channels { get; init; } = new Dictionary<string, ResourceChannel>();
}

/// <summary>How a resource speaks on one channel. The e-mail members may hold template variables, but no line breaks.</summary>
public sealed record ResourceChannel
{
    public required int Sender { get; init; }
    public string? FromEmail { get; init; }
    public string? FromName { get; init; }
    public string? ReplyToEmail { get; init; }
    public string? ReplyToName { get; init; }
}

/// <summary>A way out: where messages of a channel are handed over.</summary>
public sealed record Sender
{
    public required int Id { get; init; }
    public string Name { get; init; } = "";
    public required string Channel { get; init; }
    /// <summary><c>outbox</c> (the built-in mailbox) or <c>smtp</c>.</summary>
    public required string Type { get; init; }
    public SmtpSettings? Smtp { get; init; }
    /// <summary>How many messages may be on the wire at once. Default 8, at most 256.</summary>
    public int Connections { get; init; } = 8;
}

public sealed record SmtpSettings
{
    public required string Host { get; init; }
    /// <summary>Default 25 (465 with <see cref="SmtpTls.Implicit"/>, 587 with a user name).</summary>
    public required int Port { get; init; }
    public SmtpTls Tls { get; init; } = SmtpTls.None;
    public string? Username { get; init; }
    public string? Password { get; init; }
    /// <summary>The name given in EHLO. Default: the machine's host name.</summary>
    public string? Hello { get; init; }
    /// <summary>Accepts any server certificate. Default false; for test servers only.</summary>
    public bool TrustAnyCertificate { get; init; }
    /// <summary>Time to connect, TLS and greeting included. Default 10 seconds.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);
    /// <summary>Time to wait for the answer to one command, and to the end of the data. Default 60 seconds.</summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(60);
    /// <summary>A connection is closed after this many messages. Default 1000.</summary>
    public int MessagesPerConnection { get; init; } = 1000;

    /// <summary>Never the password: records find their way into logs.</summary>
    public override string ToString() => $"{Host}:{Port}";
}

public enum SmtpTls { None, StartTls, Implicit }

/// <summary>Content for all channels at once. Texts are kept as written; they are parsed when they are saved and when they are used.</summary>
public sealed record MessageTemplate
{
    public required int Id { get; init; }
    public required string Name { get; init; }
    public string Description { get; init; } = "";
    /// <summary>Words to find it by; they mean nothing to the server.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];
    /// <summary>Not ready: no trigger may use it. Default false.</summary>
    public bool Draft { get; init; }
    public EmailContent? Email { get; init; }
}

public sealed record EmailContent
{
    public required string Subject { get; init; }
    public string? Html { get; init; }
    public string? Text { get; init; }
    public string? FromEmail { get; init; }
    public string? FromName { get; init; }
    public string? ReplyToEmail { get; init; }
    public string? ReplyToName { get; init; }
}

/// <summary>A trigger mailing: one message per launch to one profile.</summary>
public sealed record Trigger
{
    public required int Id { get; init; }
    public required string Name { get; init; }
    /// <summary>The event that starts it; only <c>api_call</c> can be launched through the API.</summary>
    public string Type { get; init; } = "api_call";
    public required int Database { get; init; }
    public required int Resource { get; init; }
    public required string Channel { get; init; }
    public required int Template { get; init; }
    public bool Active { get; init; }
    /// <summary>Ignores subscription and global status, for receipts and codes. Default false.</summary>
    public bool Unconditional { get; init; }
    /// <summary>What becomes of a message that was on the wire when the process died. Default <see cref="OnUnknown.Repeat"/>.</summary>
    public OnUnknown OnUnknown { get; init; } = OnUnknown.Repeat;
    public string Description { get; init; } = "";
    /// <summary>Words to find it by; they mean nothing to the server.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];
    /// <summary>Minutes that a message waits when the launch names no <c>timeout</c>. Default 0.</summary>
    public int Wait { get; init; }
    /// <summary>What this trigger says instead of its template.</summary>
    public MailOverrides? Mail { get; init; }
    /// <summary>Stopped with what waits: until it is activated again every message of it is dropped. No key of the file.</summary>
    public bool Dropping { get; init; }
    /// <summary>Messages made up to this moment (milliseconds since 1970) are dropped: when it was last stopped with what waits. No key of the file.</summary>
    public long DropUntil { get; init; }

    /// <summary>Whether a message that waits was dropped by stopping the trigger.</summary>
    public bool Drops(long created) => Dropping || created <= DropUntil;
}

/// <summary>Parts of a mail that a trigger says instead of its template; null leaves it to the template.</summary>
public sealed record MailOverrides
{
    public string? Subject { get; init; }
    public string? FromEmail { get; init; }
    public string? FromName { get; init; }
    public string? ReplyToEmail { get; init; }
    public string? ReplyToName { get; init; }
}

public enum OnUnknown
{
    /// <summary>Send it again under the same Message-ID.</summary>
    Repeat,
    /// <summary>Show it as <c>unknown</c> and leave it to a person.</summary>
    Hold,
}

/// <summary>A scenario. Its nodes are kept as written; the room that runs them reads and checks them (see <see cref="CheckGraph"/>).</summary>
public sealed record Workflow
{
    public required int Id { get; init; }
    public required string Name { get; init; }
    public required int Database { get; init; }
    public bool Active { get; init; }
    public string Reentry { get; init; } = "not_while_inside";
    /// <summary>The nodes as written, one JSON object per node.</summary>
    public required string Nodes { get; init; }
}
