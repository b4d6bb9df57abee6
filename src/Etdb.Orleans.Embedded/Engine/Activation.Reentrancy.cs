namespace Etdb.Orleans.Embedded.Engine;

/// <content>Call chains that were allowed to come back.</content>
internal sealed partial class Activation
{
    private Dictionary<Guid, int>? _sections;

    public void EnterReentrantSection(Guid id)
    {
        lock (_gate)
        {
            _sections ??= [];
            _sections[id] = _sections.GetValueOrDefault(id) + 1;
        }
    }

    public void LeaveReentrantSection(Guid id)
    {
        lock (_gate)
        {
            if (_sections is null || !_sections.TryGetValue(id, out var depth))
            {
                return;
            }

            if (depth == 1)
            {
                _sections.Remove(id);
            }
            else
            {
                _sections[id] = depth - 1;
            }
        }
    }

    private bool IsInReentrantSection(Guid id) => id != Guid.Empty && _sections is not null && _sections.ContainsKey(id);
}
