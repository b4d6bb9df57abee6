using System.Globalization;
using System.Text;

namespace Etdb.Ledger.Searching;

/// <summary>
/// Reads the query language that oipd hands to Elasticsearch (Lucene's classic syntax), as far as its clients use it. As there, <c>AND</c>, <c>OR</c> and <c>NOT</c> have no
/// precedence: a clause beside an <c>AND</c> has to match, one behind a <c>NOT</c> or <c>-</c> may not, and of the others one has to when none must. Brackets nest on a stack
/// of their own, so no input makes the reader recurse.
/// </summary>
internal sealed class QueryParser
{
    private readonly string _text;
    private readonly Stack<QueryLevel> _outer = new();
    private QueryLevel _level = new(null);
    private int _at;
    private int _clauses;

    private QueryParser(string text) => _text = text;

    /// <summary>Reads a query.</summary>
    /// <exception cref="FormatException">It is none, is too long, or uses what is not supported; the message says which.</exception>
    public static QueryNode Parse(string text)
    {
        if (text.Length > RecordQuery.MaxChars)
        {
            throw new FormatException($"The query has {text.Length} characters; at most {RecordQuery.MaxChars} are taken.");
        }

        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]) && (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[++i])))
            {
                throw new FormatException("The query holds half a character.");
            }
        }

        return new QueryParser(text).Run();
    }

    private QueryNode Run()
    {
        while (SkipBlanks())
        {
            Step();
        }

        return _outer.Count == 0 ? Close() : throw new FormatException("A bracket '(' is not closed.");
    }

    private void Step()
    {
        switch (_text[_at])
        {
            case '(':
                _at++;
                Open();
                break;
            case ')':
                _at++;
                CloseBracket();
                break;
            case '"':
                Add(Phrase(_level.TakeField()));
                break;
            case '[' or '{':
                Add(Range(_level.TakeField()));
                break;
            case ']' or '}' or ':' or '^' or '~':
                throw new FormatException($"'{_text[_at]}' at place {_at + 1} stands where a word should; put a backslash before it when it is meant as it stands.");
            case '/':
                throw new FormatException("Regular expressions (/…/) are not supported; put a backslash before a slash that is meant as it stands.");
            case '+' or '-' or '!' when _level.FieldIsInherited:
                _level.Modify(_text[_at++] == '+' ? Occur.Must : Occur.MustNot);
                break;
            case '&' or '|' when _at + 1 < _text.Length && _text[_at + 1] == _text[_at]:
                _level.Join(_text[_at] == '&');
                _at += 2;
                break;
            default:
                Word();
                break;
        }
    }

    private void Word()
    {
        var isNamed = !_level.FieldIsInherited;
        var comparison = isNamed ? Comparison() : "";
        var start = _at;
        var (pattern, isPattern) = ReadWord();
        var written = _text[start.._at];
        if (_at < _text.Length && _text[_at] == ':' && !isNamed)
        {
            _at++;
            _level.Name(isPattern ? pattern : Unescape(pattern));
            return;
        }

        if (comparison.Length > 0)
        {
            Add(Compare(comparison, Unescape(pattern)));
        }
        else if (!isNamed && (written is "AND" or "OR"))
        {
            _level.Join(written == "AND");
        }
        else if (!isNamed && written == "NOT")
        {
            _level.Modify(Occur.MustNot);
        }
        else
        {
            Add(Term(_level.TakeField(), pattern, isPattern));
        }
    }

    private static QueryNode Term(string? field, string pattern, bool isPattern)
    {
        if (field == "_exists_")
        {
            return new ExistsNode(Unescape(pattern));
        }

        if (isPattern && pattern.All(c => c == '*'))
        {
            return field is null or "*" ? new EverythingNode() : new ExistsNode(field);
        }

        if (isPattern)
        {
            return pattern.Count(c => c == '*') > RecordQuery.MaxStars
                ? throw new FormatException($"A pattern has more than {RecordQuery.MaxStars} stars.")
                : new PatternNode(field, pattern);
        }

        var text = Unescape(pattern);
        return new WordsNode(field, Words.Of(text), text);
    }

    private RangeNode Compare(string comparison, string bound)
    {
        var field = _level.TakeField();
        CheckBound(bound);
        var with = comparison.Length == 2;
        return comparison[0] == '>' ? new RangeNode(field, bound, with, null, false) : new RangeNode(field, null, false, bound, with);
    }

    private string Comparison()
    {
        var length = _text[_at] is not ('<' or '>') ? 0 : _at + 1 < _text.Length && _text[_at + 1] == '=' ? 2 : 1;
        _at += length;
        if (length > 0 && (!SkipBlanks() || IsEnd(_text[_at])))
        {
            throw new FormatException("A value must follow '<' or '>'.");
        }

        return _text.Substring(_at - length, length);
    }

    /// <summary>A word as written, with its backslashes; and whether a star or question mark in it stands for others.</summary>
    private (string Text, bool IsPattern) ReadWord()
    {
        var text = new StringBuilder();
        var isPattern = false;
        for (; _at < _text.Length && !IsEnd(_text[_at]); _at++)
        {
            text.Append(_text[_at]);
            isPattern |= _text[_at] is '*' or '?';
            if (_text[_at] == '\\')
            {
                _at++;
                text.Append(_at < _text.Length ? _text[_at] : throw new FormatException("A backslash ends the query."));
            }
        }

        SkipSuffix();
        return (text.ToString(), isPattern);
    }

    /// <summary>A weight (<c>^2</c>) changes only the order by relevance, which there is not here. Likeness (<c>~</c>) would change what is found.</summary>
    private void SkipSuffix()
    {
        if (_at < _text.Length && _text[_at] == '~')
        {
            throw new FormatException("Fuzzy words and distances (~) are not supported.");
        }

        if (_at >= _text.Length || _text[_at] != '^')
        {
            return;
        }

        var start = ++_at;
        while (_at < _text.Length && (char.IsAsciiDigit(_text[_at]) || _text[_at] == '.'))
        {
            _at++;
        }

        if (!double.TryParse(_text.AsSpan(start, _at - start), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out _))
        {
            throw new FormatException("A number must follow '^'.");
        }
    }

    private WordsNode Phrase(string? field)
    {
        var text = ReadQuoted();
        SkipSuffix();
        return new WordsNode(field, Words.Of(text), text);
    }

    private string ReadQuoted()
    {
        var text = new StringBuilder();
        for (_at++; _at < _text.Length && _text[_at] != '"'; _at++)
        {
            if (_text[_at] == '\\' && ++_at == _text.Length)
            {
                break;
            }

            text.Append(_text[_at]);
        }

        return _at++ < _text.Length ? text.ToString() : throw new FormatException("A quotation mark is not closed.");
    }

    private RangeNode Range(string? field)
    {
        var withFrom = _text[_at++] == '[';
        var from = Bound();
        if (!SkipBlanks() || !_text.AsSpan(_at).StartsWith("TO ", StringComparison.Ordinal))
        {
            throw new FormatException("A range is written [FROM TO UNTIL].");
        }

        _at += 2;
        var to = Bound();
        if (!SkipBlanks() || _text[_at] is not (']' or '}'))
        {
            throw new FormatException("A range is not closed by ']' or '}'.");
        }

        return new RangeNode(field, from, withFrom, to, _text[_at++] == ']');
    }

    private string? Bound()
    {
        if (!SkipBlanks())
        {
            throw new FormatException("A range is not closed.");
        }

        if (_text[_at] == '"')
        {
            return ReadQuoted();
        }

        var start = _at;
        while (_at < _text.Length && !char.IsWhiteSpace(_text[_at]) && _text[_at] is not (']' or '}' or '[' or '{' or '(' or ')' or '"'))
        {
            _at++;
        }

        var text = Unescape(_text[start.._at]);
        CheckBound(text);
        return text == "*" ? null : text;
    }

    private static void CheckBound(string bound)
    {
        if (bound.Length == 0)
        {
            throw new FormatException("A bound of a range is empty; '*' leaves it open.");
        }

        if (bound.StartsWith("now", StringComparison.OrdinalIgnoreCase) || bound.Contains("||", StringComparison.Ordinal))
        {
            throw new FormatException($"Reckoning with dates ('{bound}') is not supported; give seconds since 1970.");
        }
    }

    private void Open()
    {
        if (_outer.Count >= RecordQuery.MaxDepth)
        {
            throw new FormatException($"Brackets are nested more than {RecordQuery.MaxDepth} deep.");
        }

        var inner = new QueryLevel(_level.TakeField());
        _outer.Push(_level);
        _level = inner;
    }

    private void CloseBracket()
    {
        var node = _outer.Count > 0 ? Close() : throw new FormatException("A bracket ')' was never opened.");
        _level = _outer.Pop();
        SkipSuffix();
        Add(node);
    }

    private QueryNode Close() => _level.Close();

    private void Add(QueryNode node)
    {
        if (++_clauses > RecordQuery.MaxClauses)
        {
            throw new FormatException($"The query has more than {RecordQuery.MaxClauses} clauses.");
        }

        _level.Add(node);
    }

    private bool SkipBlanks()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
        {
            _at++;
        }

        return _at < _text.Length;
    }

    private static bool IsEnd(char c) => char.IsWhiteSpace(c) || c is '(' or ')' or '"' or ':' or '[' or ']' or '{' or '}' or '^' or '~';

    private static string Unescape(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal))
        {
            return text;
        }

        var plain = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            i += text[i] == '\\' && i + 1 < text.Length ? 1 : 0;
            plain.Append(text[i]);
        }

        return plain.ToString();
    }
}
