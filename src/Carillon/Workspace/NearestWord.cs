namespace Carillon.Workspace;

/// <summary>Finds what somebody probably meant to write.</summary>
public static class NearestWord
{
    /// <summary>The known word that is at most two letters away from the written one (one, for words of four letters or less), or null.</summary>
    public static string? Of(string written, IEnumerable<string> known)
    {
        if (written.Length > 64) return null;
        var allowed = written.Length <= 4 ? 1 : 2;
        return known.Select(word => (Word: word, Steps: Distance(written.ToLowerInvariant(), word.ToLowerInvariant())))
            .Where(candidate => candidate.Steps <= allowed)
            .OrderBy(candidate => candidate.Steps)
            .Select(candidate => candidate.Word)
            .FirstOrDefault();
    }

    /// <summary>Letters to insert, remove, replace or swap with their neighbour to get from one word to the other.</summary>
    private static int Distance(string from, string to)
    {
        var steps = new int[from.Length + 1, to.Length + 1];
        for (var i = 0; i <= from.Length; i++) steps[i, 0] = i;
        for (var j = 0; j <= to.Length; j++) steps[0, j] = j;
        for (var i = 1; i <= from.Length; i++)
        {
            for (var j = 1; j <= to.Length; j++)
            {
                var replaced = steps[i - 1, j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
                steps[i, j] = Math.Min(replaced, 1 + Math.Min(steps[i - 1, j], steps[i, j - 1]));
                if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                    steps[i, j] = Math.Min(steps[i, j], steps[i - 2, j - 2] + 1);
            }
        }
        return steps[from.Length, to.Length];
    }
}
