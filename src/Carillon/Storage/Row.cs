using System.Data.Common;

namespace Carillon.Storage;

/// <summary>One row of an answer, read by position; valid only while the callback that was given it runs.</summary>
public abstract class Row
{
    public abstract bool IsDBNull(int column);
    public abstract short GetInt16(int column);
    public abstract int GetInt32(int column);
    public abstract long GetInt64(int column);
    public abstract double GetDouble(int column);
    public abstract string GetString(int column);
    public abstract byte[] GetBytes(int column);
}

/// <summary>The row that an ADO.NET reader stands on.</summary>
internal sealed class ReaderRow(DbDataReader reader) : Row
{
    public override bool IsDBNull(int column) => reader.IsDBNull(column);
    public override short GetInt16(int column) => reader.GetInt16(column);
    public override int GetInt32(int column) => reader.GetInt32(column);
    public override long GetInt64(int column) => reader.GetInt64(column);
    public override double GetDouble(int column) => reader.GetDouble(column);
    public override string GetString(int column) => reader.GetString(column);
    public override byte[] GetBytes(int column) => reader.GetFieldValue<byte[]>(column);
}
