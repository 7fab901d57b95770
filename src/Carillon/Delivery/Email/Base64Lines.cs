using System.Buffers;
using System.Buffers.Text;

namespace Carillon.Delivery.Email;

/// <summary>RFC 2045 6.8: base64 in lines of 76.</summary>
internal static class Base64Lines
{
    private const int BytesPerLine = 57;
    private const int CharactersPerLine = 76;

    /// <summary>Writes no line break after the last line.</summary>
    public static void Write(ArrayBufferWriter<byte> output, ReadOnlySpan<byte> data)
    {
        for (; data.Length > BytesPerLine; data = data[BytesPerLine..])
        {
            Line(output, data[..BytesPerLine]);
            output.Write("\r\n"u8);
        }
        Line(output, data);
    }

    private static void Line(ArrayBufferWriter<byte> output, ReadOnlySpan<byte> data)
    {
        Base64.EncodeToUtf8(data, output.GetSpan(CharactersPerLine), out _, out var written);
        output.Advance(written);
    }
}
