using Etdb.Grains.State;

namespace Etdb.Grains.Members;

/// <summary>See <see cref="IInviteBookGrain"/>.</summary>
[PreferLocalPlacement] // One, asked now and then by admins.
public sealed class InviteBookGrain : Grain, IInviteBookGrain
{
    /// <summary>Invitations kept; the oldest are forgotten first (their grains keep what became of them).</summary>
    public const int KeptMaximum = 1_000;

    private readonly StateWriter<InviteBookState> _state;

    public InviteBookGrain([PersistentState("invites", StorageNames.Grains)] IPersistentState<InviteBookState> state)
        => _state = new StateWriter<InviteBookState>(state, DeactivateOnIdle);

    /// <inheritdoc/>
    public async Task Add(string invite)
    {
        var ids = _state.Value.Ids;
        if (!ids.Contains(invite))
        {
            _state.Value = _state.Value with { Ids = [.. ids.Append(invite).TakeLast(KeptMaximum)] };
            await _state.SaveAsync();
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<InviteView>> List()
    {
        var views = await Task.WhenAll(_state.Value.Ids.Reverse().Select(id => GrainFactory.GetGrain<IInviteGrain>(id).Get()));
        return [.. views.OfType<InviteView>()];
    }
}
