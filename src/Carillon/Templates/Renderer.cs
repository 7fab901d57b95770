using System.Text;
using System.Text.Json.Nodes;

namespace Carillon.Templates;

/// <summary>One rendering: its output, its loop variables and what it may still spend. One is kept per thread.</summary>
internal sealed class Renderer
{
    const int KeptCapacity = 64 * 1024;
    const int CharactersPerStep = 256;

    [ThreadStatic] static Renderer? s_kept;

    readonly StringBuilder _output = new(1024);
    readonly Value[] _loopValues = new Value[TemplateParser.MaxLoopVariables];
    int _stepsLeft;
    int _depth;
    string? _error;

    public TemplateScope Scope { get; private set; } = null!;
    /// <summary>Where the rendering stands, for errors.</summary>
    public int Line { get; set; }
    /// <summary>A limit is broken: everything that repeats must end now.</summary>
    public bool Stopped => _error is not null;

    public static Renderer Rent(TemplateScope scope)
    {
        var renderer = s_kept ?? new Renderer();
        s_kept = null;
        renderer.Scope = scope;
        renderer._stepsLeft = scope.Limits.MaxSteps;
        renderer._depth = 0;
        renderer._error = null;
        renderer.Line = 1;
        return renderer;
    }

    /// <summary>What is kept for the next rendering holds nothing of this one.</summary>
    public void Return()
    {
        Array.Clear(_loopValues);
        _output.Clear();
        if (_output.Capacity > KeptCapacity)
            _output.Capacity = KeptCapacity;
        Scope = null!;
        s_kept = this;
    }

    public TemplateRender Result() => Stopped ? new(null, _error) : new(_output.ToString(), null);

    public void Spend(int steps)
    {
        _stepsLeft -= steps;
        if (_stepsLeft < 0 && !Stopped)
            Stop($"more than {Scope.Limits.MaxSteps} steps");
    }

    /// <summary>Copying or searching a text is work by its length.</summary>
    public Value Pay(Value value)
    {
        Spend(1 + (value.Kind == ValueKind.Text ? value.ToText().Length / CharactersPerStep : 0));
        return value;
    }

    public void SpendOnProduct(long a, long b) =>
        Spend((int)Math.Min(int.MaxValue, 1 + a / CharactersPerStep * (1 + b / CharactersPerStep)));

    /// <summary>Takes a value out of the data, where even a look at a long text costs a copy.</summary>
    public Value Read(JsonNode? node) => Pay(Value.Of(node));

    public void Enter()
    {
        if (++_depth > Scope.Limits.MaxDepth)
            Stop($"more than {Scope.Limits.MaxDepth} blocks inside each other");
    }

    public void Leave() => _depth--;

    public Value LoopValue(int slot) => _loopValues[slot];

    public void SetLoopValue(int slot, Value value) => _loopValues[slot] = value;

    public void Write(string text)
    {
        if (text.Length > Scope.Limits.MaxOutput - _output.Length)
            StopAtOutput();
        else
            _output.Append(text);
    }

    public void WriteEscaped(string text)
    {
        if (text.Length > Scope.Limits.MaxOutput - _output.Length)
        {
            StopAtOutput();
            return;
        }
        HtmlText.Escape(text, _output);
        if (_output.Length > Scope.Limits.MaxOutput)
            StopAtOutput();
    }

    void StopAtOutput() => Stop($"more than {Scope.Limits.MaxOutput} characters of output");

    void Stop(string limit)
    {
        _error ??= $"line {Line}: {limit}";
        _stepsLeft = 0;
    }
}
