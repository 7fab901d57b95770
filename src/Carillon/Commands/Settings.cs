using System.Globalization;
using Carillon.Api;
using Carillon.Delivery.Email;
using Carillon.Outbox;
using Carillon.Queue;
using Carillon.Retention;
using Carillon.Storage;
using Carillon.Triggers;
using Carillon.Workflows;

namespace Carillon.Commands;

/// <summary>
/// How a server runs. Each member is an option of <c>serve</c>, a key of <c>appsettings.json</c> in the current folder, and an
/// environment variable <c>CARILLON_...</c> (nested keys with two underscores). Options win over the environment, which wins over the file.
/// </summary>
public sealed record Settings
{
    /// <summary>The folder of the SQLite file. Default <c>./data</c>; made when it is not there.</summary>
    public string Data { get; init; } = "./data";

    /// <summary>Where to listen, several with semicolons. Default loopback only, port 8080.</summary>
    public string Urls { get; init; } = "http://127.0.0.1:8080";

    /// <summary>A workspace file to apply before listening.</summary>
    public string? Workspace { get; init; }

    /// <summary>A PostgreSQL connection string (Npgsql's form, <c>Host=...;Database=...</c>). Without one the store is a SQLite file in <see cref="Data"/>.</summary>
    public string? Database { get; init; }

    /// <summary><c>all</c> (default), <c>api</c> (takes calls, delivers nothing) or <c>worker</c> (delivers, takes no calls of the API).</summary>
    public string Role { get; init; } = "all";

    /// <summary>The tables are spread over machines (Citus). Default: found out at the start.</summary>
    public bool? Distributed { get; init; }

    /// <summary>Shards of a new PostgreSQL database, 1 to 256; an existing one keeps its number. Default 64.</summary>
    public int Shards { get; init; } = 64;

    /// <summary>Where others reach this server, such as <c>https://trk.example.org</c>: what links begin with,
    /// and, where it names a host, what stands after the @ of a mail's Message-ID. Default: the first of <see cref="Urls"/>, and <see cref="EmailTemplates.NoDomain"/>.</summary>
    public string? PublicUrl { get; init; }

    public FleetSettings Nodes { get; init; } = new();

    public ApiSettings Api { get; init; } = new();

    public RetentionSettings Retention { get; init; } = new();
    public FileSettings Files { get; init; } = new();

    public OutboxSettings Outbox { get; init; } = new();

    public WorkflowSettings Workflows { get; init; } = new();

    public OtlpSettings Otlp { get; init; } = new();

    /// <summary>How the database of <see cref="Database"/> is used.</summary>
    public PostgresSettings Postgres => new() { Distributed = Distributed, Shards = Shards };

    /// <summary>What follows the @ of a mail's Message-ID.</summary>
    public string MessageIdDomain => PublicUrl is not null && new Uri(PublicUrl) is { HostNameType: UriHostNameType.Dns } shown && shown.IdnHost.Contains('.', StringComparison.Ordinal)
        ? shown.IdnHost : EmailTemplates.NoDomain;

    /// <summary>What is wrong with the settings, or null.</summary>
    public string? Problem()
    {
        if (Role is not ("all" or "api" or "worker")) return $"--role is '{Role}', but must be all, api or worker";
        if (Role != "all" && Database is null) return $"--role {Role}: a SQLite file is used by one process, which must do everything; leave the role out, or name a --database";
        foreach (var url in Urls.Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            // A star stands for every address; the library wants a host name there.
            var readable = url.Replace("://*", "://any", StringComparison.Ordinal).Replace("://+", "://any", StringComparison.Ordinal);
            if (!Uri.TryCreate(readable, UriKind.Absolute, out var parsed) || parsed.Scheme is not ("http" or "https"))
                return $"--urls: '{url}' is not a URL like http://127.0.0.1:8080";
        }
        if (Shards is < 1 or > 256) return $"Shards is {Shards}, but must be 1 to 256";
        if (PublicUrl is not null && (!Uri.TryCreate(PublicUrl, UriKind.Absolute, out var shown) || shown.Scheme is not ("http" or "https") || shown.Query.Length > 0))
            return $"PublicUrl is '{PublicUrl}', but must be a URL like https://trk.example.org";
        return Nodes.Problem() ?? Api.Problem() ?? Files.Problem() ?? Retention.Problem() ?? Outbox.Problem() ?? Workflows.Problem() ?? Otlp.Problem();
    }

    /// <summary>Reads the file and the environment. Keys are taken without regard to case.</summary>
    /// <exception cref="SettingsException">A value is not of its key's type.</exception>
    public static Settings Read()
    {
        try
        {
            var configuration = new ConfigurationBuilder()
                .AddJsonFile(Path.GetFullPath("appsettings.json"), optional: true)
                .AddEnvironmentVariables("CARILLON_")
                .Build();
            return configuration.Get<Settings>() ?? new Settings();
        }
        catch (Exception unreadable) when (unreadable is InvalidOperationException or InvalidDataException or FormatException)
        {
            throw new SettingsException(string.Create(CultureInfo.InvariantCulture, $"The settings cannot be read: {unreadable.Message}"));
        }
    }
}

/// <summary>The process cannot start as it was told to; the message is for the operator.</summary>
public sealed class SettingsException(string message) : Exception(message);
