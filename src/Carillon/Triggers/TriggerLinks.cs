using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using Carillon.Storage;
using Carillon.Workspace;

namespace Carillon.Triggers;

/// <summary>
/// The links of version 1.0: <c>/trg/&lt;48 hex digits&gt;/&lt;who&gt;</c>. The digits are the trigger's id (4 bytes) and the first 20 bytes of an
/// HMAC-SHA256 over the trigger and its database, with a secret that the installation made for itself. So nobody can make a link who
/// was not given it, and it changes when the trigger's database does.
/// </summary>
public sealed class TriggerLinks(Database database, LinkSettings settings) : IHostedService
{
    private const int IdBytes = 4;
    private const int MacBytes = 20;
    /// <summary>Of the part of a link that names the trigger, in hex digits.</summary>
    public const int Length = 2 * (IdBytes + MacBytes);

    private const string MakeSecret = "INSERT INTO settings (name, value) VALUES ('link_secret', @secret) ON CONFLICT (name) DO NOTHING";
    private const string SelectSecret = "SELECT value FROM settings WHERE name = 'link_secret'";

    private byte[] _secret = [];

    /// <summary>Takes the secret that the first start of the installation made.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var fresh = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        _secret = Convert.FromHexString(await database.WriteAsync(async session =>
        {
            await session.ExecuteAsync(MakeSecret, cancellationToken, ("secret", fresh));
            return (await session.QueryAsync(SelectSecret, row => row.GetString(0), cancellationToken))[0];
        }, cancellationToken));
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The link with the place for who it is for, as the original writes it.</summary>
    public string CallUrl(Trigger trigger) => trigger.Type == "api_call" ? $"{settings.Base}/trg/{TokenOf(trigger)}/<email|md5|xxh>" : "";

    public string TokenOf(Trigger trigger)
    {
        Span<byte> token = stackalloc byte[IdBytes + MacBytes];
        BinaryPrimitives.WriteInt32BigEndian(token, trigger.Id);
        Sign(trigger, token[IdBytes..]);
        return Convert.ToHexStringLower(token);
    }

    /// <summary>The trigger that a link names; null for a link that is not one of ours, or no longer.</summary>
    public Trigger? Find(string token, WorkspaceModel model)
    {
        if (token.Length != Length || !token.All(char.IsAsciiHexDigit)) return null;
        var given = Convert.FromHexString(token);
        if (!model.Triggers.TryGetValue(BinaryPrimitives.ReadInt32BigEndian(given), out var trigger)) return null;
        Span<byte> right = stackalloc byte[MacBytes];
        Sign(trigger, right);
        return CryptographicOperations.FixedTimeEquals(right, given.AsSpan(IdBytes)) ? trigger : null;
    }

    private void Sign(Trigger trigger, Span<byte> mac)
    {
        var named = System.Text.Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"trigger {trigger.Id} database {trigger.Database}"));
        HMACSHA256.HashData(_secret, named).AsSpan(0, MacBytes).CopyTo(mac);
    }
}

/// <summary>Where links that others follow lead to.</summary>
/// <param name="Base">Such as <c>https://trk.example.org</c>, without a slash at the end.</param>
public sealed record LinkSettings(string Base);
