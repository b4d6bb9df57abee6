namespace Etdb.Ledger.Searching;

/// <summary>What was read of one pair of brackets.</summary>
internal sealed class QueryLevel(string? inherited)
{
    private readonly List<QueryClause> _clauses = [];
    private string? _named;
    private bool? _and;
    private Occur? _modifier;
    private bool _any;

    public string? Field => _named ?? inherited;

    public bool FieldIsInherited => _named is null;

    public void Name(string field) => _named = field.Length > 0 ? field : throw new FormatException("A field without a name.");

    public string? TakeField()
    {
        var field = Field;
        _named = null;
        return field;
    }

    public void Join(bool and)
    {
        if (!_any || _and is not null || _modifier is not null)
        {
            throw new FormatException("AND and OR stand between two clauses.");
        }

        _and = and;
    }

    public void Modify(Occur occur)
    {
        if (_modifier is not null)
        {
            throw new FormatException("Two of NOT, '-' and '+' stand before one clause.");
        }

        _modifier = occur;
    }

    public void Add(QueryNode node)
    {
        // Words of nothing but signs say nothing, and count for nothing.
        if (node is not (WordsNode { Words.IsEmpty: true } or NothingNode))
        {
            if (_and == true && _clauses.Count > 0 && _clauses[^1].Occur == Occur.May)
            {
                _clauses[^1] = _clauses[^1] with { Occur = Occur.Must };
            }

            _clauses.Add(new QueryClause(_modifier ?? (_and == true ? Occur.Must : Occur.May), node));
        }

        (_and, _modifier, _any) = (null, null, true);
    }

    public QueryNode Close()
    {
        if (_and is not null || _modifier is not null || _named is not null)
        {
            throw new FormatException("A clause is missing behind AND, OR, NOT, '+', '-' or a field's colon.");
        }

        return _clauses switch
        {
            [] => new NothingNode(),
            [{ Occur: not Occur.MustNot } only] => only.Node,
            _ => new ClausesNode([.. _clauses]),
        };
    }
}
