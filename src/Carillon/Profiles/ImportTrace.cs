using Carillon.Storage;

namespace Carillon.Profiles;

/// <summary>Remarks on an import, for the person who asks what happened. Kept with the event, so there is a limit to them.</summary>
public sealed class ImportTrace
{
    private const int MaxRemarks = 100;

    private readonly List<string> _remarks = [];
    private int _more;

    public int UnknownFields { get; private set; }

    public IReadOnlyList<string> Remarks => _more == 0 ? _remarks : [.. _remarks, $"and {_more} more remarks"];

    public void Add(string remark)
    {
        if (_remarks.Count < MaxRemarks) _remarks.Add(remark);
        else _more++;
    }

    public void AddUnknownField(string name, int databaseId)
    {
        UnknownFields++;
        Add($"field '{ShortText.Cut(name)}' is not a field of database {databaseId} and was left out");
    }
}
