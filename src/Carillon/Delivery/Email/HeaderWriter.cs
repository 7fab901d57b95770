using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Carillon.Delivery.Email;

/// <summary>
/// Writes headers and folds them at 78 columns where a space allows it. Takes only texts that went through
/// <see cref="HeaderText.OnOneLine"/> and addresses that were read by <see cref="Profiles.EmailAddress"/>.
/// </summary>
internal sealed class HeaderWriter(ArrayBufferWriter<byte> output)
{
    private const int WidestLine = 78;
    /// <summary>A line with an encoded word has at most 76 columns, the word itself 75 (RFC 2047 2).</summary>
    private const int WidestEncodedLine = 76;
    private const int EncodedWordFrame = 12;
    private const int LongestPlainWord = 60;
    private int column;

    private void Begin(string name)
    {
        column = 0;
        Put(name);
        Put(":");
    }

    private void End() => output.Write("\r\n"u8);

    /// <summary>Never folded: there are readers that do not find a Message-ID on the second line.</summary>
    public void OneLine(string name, string value)
    {
        Begin(name);
        Put(" ");
        Put(value);
        End();
    }

    public void Text(string name, string text, int longestPlainWord = LongestPlainWord)
    {
        Begin(name);
        if (HeaderText.IsPlain(text, longestPlainWord)) Words(text);
        else EncodedWords(text);
        End();
    }

    public void Mailbox(string header, string? name, string address)
    {
        Begin(header);
        if (!string.IsNullOrEmpty(name)) DisplayName(name);
        Word($"<{address}>");
        End();
    }

    /// <summary>RFC 5322 3.3, in UTC.</summary>
    public void Date(DateTimeOffset date) =>
        OneLine("Date", date.UtcDateTime.ToString("ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture));

    private void DisplayName(string name)
    {
        if (name.Length <= LongestPlainWord && HeaderText.IsPlain(name, LongestPlainWord)) Word(Quoted(name));
        else EncodedWords(name);
    }

    /// <summary>RFC 5322 3.2.4.</summary>
    public static string Quoted(string text) =>
        '"' + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + '"';

    private void Words(ReadOnlySpan<char> text)
    {
        for (var at = text.IndexOf(' '); at >= 0; at = text.IndexOf(' '))
        {
            Word(text[..at]);
            text = text[(at + 1)..];
        }
        Word(text);
    }

    private void Word(ReadOnlySpan<char> word)
    {
        if (column + 1 + word.Length > WidestLine) Fold();
        else Put(" ");
        Put(word);
    }

    private void Fold()
    {
        output.Write("\r\n "u8);
        column = 1;
    }

    private void Put(ReadOnlySpan<char> text) => column += (int)Encoding.UTF8.GetBytes(text, output);

    private void EncodedWords(string text)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        ReadOnlySpan<byte> rest = bytes.AsSpan(0, Encoding.UTF8.GetBytes(text, bytes));
        while (!rest.IsEmpty)
        {
            var length = WholeCharacters(rest, StartWordWithRoom());
            EncodedWord(rest[..length]);
            rest = rest[length..];
        }
        ArrayPool<byte>.Shared.Return(bytes);
    }

    /// <summary>Writes the space, or the fold, in front of an encoded word and returns how many bytes of text that word can carry.</summary>
    private int StartWordWithRoom()
    {
        const int WorthStarting = 12;
        var room = RoomAfter(column + 1);
        if (room >= WorthStarting)
        {
            Put(" ");
            return room;
        }
        Fold();
        return RoomAfter(column);
    }

    private static int RoomAfter(int column) => (WidestEncodedLine - EncodedWordFrame - column) / 4 * 3;

    /// <summary>An encoded word holds whole characters (RFC 2047 5): readers decode each by itself.</summary>
    private static int WholeCharacters(ReadOnlySpan<byte> utf8, int room)
    {
        if (utf8.Length <= room) return utf8.Length;
        while ((utf8[room] & 0xC0) == 0x80) room--;
        return room;
    }

    private void EncodedWord(ReadOnlySpan<byte> utf8)
    {
        output.Write("=?utf-8?B?"u8);
        Base64.EncodeToUtf8(utf8, output.GetSpan(Base64.GetMaxEncodedToUtf8Length(utf8.Length)), out _, out var written);
        output.Advance(written);
        output.Write("?="u8);
        column += written + EncodedWordFrame;
    }
}
