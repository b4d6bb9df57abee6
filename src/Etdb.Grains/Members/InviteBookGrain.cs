using System.Collections.Immutable;
using Etdb.Grains.State;

namespace Etdb.Grains.Members;

/// <summary>See <see cref="IInviteBookGrain"/>.</summary>
[PreferLocalPlacement] // One, asked now and then by admins.
public sealed class InviteBookGrain : Grain, IInviteBookGrain
{
    /// <summary>Invitations kept; the oldest are forgotten first (their grains keep what became of them).</summary>
    public const int KeptMaximum = 1_000;

    /// <summary>Between a claim and the write that accepts lie two writes; a claim that is as old as this and was not accepted was cut off.</summary>
    private static readonly TimeSpan JoiningFor = TimeSpan.FromMinutes(5);

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
    public async Task<string?> Claim(NodeClaim claim, bool enter)
    {
        ArgumentNullException.ThrowIfNull(claim);
        foreach (var other in Claims.Where(c => c.Invite != claim.Invite && (c.Rpc == claim.Rpc || c.Identities.Intersect(claim.Identities, StringComparer.Ordinal).Any())))
        {
            if (await HoldsAsync(other, claim.At))
            {
                return other.Node;
            }
        }

        if (enter)
        {
            var gone = new HashSet<string>(StringComparer.Ordinal) { claim.Invite };
            foreach (var old in Claims.Where(c => claim.At - c.At > JoiningFor))
            {
                _ = !await HoldsAsync(old, claim.At) && gone.Add(old.Invite);
            }

            _state.Value = _state.Value with { Claims = [.. Claims.Where(c => !gone.Contains(c.Invite)), claim] };
            await _state.SaveAsync();
        }

        return null;
    }

    private ImmutableArray<NodeClaim> Claims => _state.Value.Claims.IsDefault ? [] : _state.Value.Claims; // States of before have none.

    /// <summary>Whether what was claimed is still so: the node is joining, or has joined and did not leave.</summary>
    private async Task<bool> HoldsAsync(NodeClaim claim, DateTimeOffset now) => (await GrainFactory.GetGrain<IInviteGrain>(claim.Invite).Get())?.Phase switch
    {
        InvitePhase.Open => (now - claim.At).Duration() <= JoiningFor,
        InvitePhase.Accepted => true,
        InvitePhase.Used => (await GrainFactory.GetGrain<IRegistryGrain>(IRegistryGrain.Key).Read(-1))!.Nodes.Any(n => n.View.Node.Value == claim.Node),
        _ => false,
    };

    /// <inheritdoc/>
    public async Task<IReadOnlyList<InviteView>> List()
    {
        var views = await Task.WhenAll(_state.Value.Ids.Reverse().Select(id => GrainFactory.GetGrain<IInviteGrain>(id).Get()));
        return [.. views.OfType<InviteView>()];
    }
}
