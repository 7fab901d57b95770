namespace Carillon.Templates;

/// <summary>
/// Text to pieces, from left to right, once. A brace that opens no tag is passed over; a tag that is opened must be
/// right, or the whole text is refused.
/// </summary>
internal sealed class TemplateParser
{
    public const int MaxLoopVariables = 2 * MaxDepth;
    const int MaxDepth = 64;
    const int MaxLength = 1_000_000;

    readonly string _source;
    readonly TemplateKind _kind;
    readonly Cursor _cursor;
    readonly LoopNames _loops = new();
    readonly OperandParser _operands;
    readonly ConditionParser _conditions;
    readonly LineCounter _lines;
    int _depth;
    int _tagStart;
    TagKind _tag;

    public TemplateParser(string source, TemplateKind kind)
    {
        _source = source;
        _kind = kind;
        _cursor = new Cursor(source);
        _operands = new OperandParser(_cursor, _loops);
        _conditions = new ConditionParser(_cursor, _operands);
        _lines = new LineCounter(source);
    }

    public TemplateParse Parse()
    {
        if (_source.Length > MaxLength)
            return Refused(new Fault(MaxLength, $"a template has at most {MaxLength} characters"));
        var body = Body();
        if (body is not null && _tag is TagKind.Else or TagKind.End)
            _cursor.FailAt<Block>(_tagStart, $"this {(_tag == TagKind.End ? "end" : "else")} belongs to no open block");
        return _cursor.Fault is { } fault ? Refused(fault) : new TemplateParse(new Template(body!), null);
    }

    /// <summary>What is missing at the end of the text is reported where its tag opens.</summary>
    TemplateParse Refused(Fault fault)
    {
        if (fault.Offset >= _source.Length)
            fault = new Fault(_tagStart, "this tag is not closed");
        var (line, column) = LineCounter.Place(_source, fault.Offset);
        return new TemplateParse(null, new TemplateError(line, column, fault.Message));
    }

    /// <summary>Up to the tag that closes it, left in <see cref="_tag"/>: an else, an end, or none at the end of the text.</summary>
    Block? Body()
    {
        var pieces = new List<Piece>();
        while (true)
        {
            var start = _cursor.At;
            FindTag();
            if (_tagStart > start)
                pieces.Add(new Literal(_source[start.._tagStart]));
            if (_tag is TagKind.None or TagKind.Else or TagKind.End)
                return new Block([.. pieces]);
            if (TagPiece() is not { } piece)
                return null;
            pieces.Add(piece);
        }
    }

    /// <summary>Leaves the cursor behind the tag's brace, or at the end of the text.</summary>
    void FindTag()
    {
        var from = _cursor.At;
        int brace;
        while ((brace = _source.IndexOf('{', from)) >= 0)
        {
            _tag = TagStart.At(_cursor, brace, _loops);
            if (_tag != TagKind.None)
            {
                _tagStart = brace;
                _cursor.At = brace + 1;
                return;
            }
            from = brace + 1;
        }
        _tag = TagKind.None;
        _tagStart = _cursor.At = _source.Length;
    }

    Piece? TagPiece()
    {
        var line = _lines.LineOf(_tagStart);
        return _tag switch
        {
            TagKind.Value => Output(line),
            TagKind.If => Nested(() => Choice(line)),
            TagKind.For => Nested(() => Loop(line)),
            TagKind.Link => _cursor.FailAt<Piece>(_tagStart, "links to pages of the server are not available yet"),
            _ => _cursor.FailAt<Piece>(_tagStart, "write {else if ...} for a further condition and {end} to close a block"),
        };
    }

    Output? Output(int line)
    {
        if (_operands.Operand() is not { } operand || !Closed())
            return null;
        return new Output(operand, _kind == TemplateKind.Html && operand is not Filtered { IsRaw: true }, line);
    }

    Piece? Nested(Func<Piece?> block)
    {
        if (_depth >= MaxDepth)
            return _cursor.FailAt<Piece>(_tagStart, $"more than {MaxDepth} blocks inside each other");
        _depth++;
        var piece = block();
        _depth--;
        return piece;
    }

    Choice? Choice(int line)
    {
        var opening = _tagStart;
        var branches = new List<Branch>();
        _cursor.TryTakeWord("if");
        var condition = _conditions.Condition();
        if (condition is null)
            return null;
        while (true)
        {
            if (!Closed() || Body() is not { } body)
                return null;
            branches.Add(new Branch(condition, body, line));
            if (_tag == TagKind.End)
                return Ended() ? new Choice([.. branches]) : null;
            if (_tag == TagKind.None)
                return NeverClosed<Choice>(opening, "if");
            if (condition is null)
                return _cursor.FailAt<Choice>(_tagStart, "an else was here already");
            line = _lines.LineOf(_tagStart);
            if (!ElseCondition(out condition))
                return null;
        }
    }

    /// <summary>Null for a plain else; false for a fault.</summary>
    bool ElseCondition(out Condition? condition)
    {
        condition = null;
        _cursor.TryTakeWord("else");
        _cursor.SkipSpace();
        if (!_cursor.TryTakeWord("if"))
            return true;
        condition = _conditions.Condition();
        return condition is not null;
    }

    Loop? Loop(int line)
    {
        var opening = _tagStart;
        _cursor.TryTakeWord("for");
        if (LoopVariable() is not { } item)
            return null;
        var key = "";
        _cursor.SkipSpace();
        if (_cursor.TryTake(","))
        {
            key = item;
            if (LoopVariable(taken: key) is not { } second)
                return null;
            item = second;
            _cursor.SkipSpace();
        }
        if (!_cursor.TryTakeWord("in"))
            return _cursor.Fail<Loop>("expected in: {for item in list} or {for index, item in list}");
        if (_operands.Operand() is not { } source || !Closed())
            return null;
        var head = new LoopHead(source, _loops.Add(item, key), key.Length > 0);
        var body = Body();
        _loops.RemoveLast();
        if (body is null)
            return null;
        return _tag switch
        {
            TagKind.End => Ended() ? new Loop(head, body, line) : null,
            TagKind.None => NeverClosed<Loop>(opening, "for"),
            _ => _cursor.FailAt<Loop>(_tagStart, "this else stands in a for; only an if has one"),
        };
    }

    string? LoopVariable(string taken = "")
    {
        _cursor.SkipSpace();
        var start = _cursor.At;
        var name = _cursor.TakeName();
        if (name.Length == 0 || !(char.IsLetter(name[0]) || name[0] == '_'))
            return _cursor.FailAt<string>(start, "expected the name of a loop variable");
        if (name == taken || Roots.IsReserved(name))
            return _cursor.FailAt<string>(start, $"{OperandParser.Quoted(name)} cannot name a loop variable here");
        return name;
    }

    bool Ended()
    {
        _cursor.TryTakeWord("end");
        return Closed();
    }

    bool Closed()
    {
        _cursor.SkipSpace();
        if (_cursor.TryTake("}"))
            return true;
        _cursor.Fail<object>("expected }");
        return false;
    }

    T? NeverClosed<T>(int opening, string word) where T : class =>
        _cursor.FailAt<T>(opening, $"this {word} has no {{end}}");
}
