using Etdb.Domain.Replication;
using Etdb.Storage.Catalogue;

namespace Etdb.Grains.Datasets;

/// <summary>The story, for people.</summary>
public sealed partial class DatasetGrain
{
    /// <summary>Lines kept with the state; all of them are in the catalogue.</summary>
    internal const int StoryKept = 12;

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoryLine>> Story() => Task.FromResult<IReadOnlyList<StoryLine>>([.. _state.Value.Story.Reverse()]);

    private void Tell(string kind, string text, NodeId? node)
    {
        var state = _state.Value;
        var story = state.Story.Length >= StoryKept ? state.Story.RemoveAt(0) : state.Story;
        var sequence = state.StorySequence + 1;
        _state.Value = state with { Story = story.Add(new StoryLine(sequence, _reporter.Now, kind, text, node?.Value)), StorySequence = sequence };
    }

    /// <summary>Shows lines that are durable. After a restart of the process the kept ones are shown once more; the catalogue ignores those it has.</summary>
    private async Task FlushStoryAsync()
    {
        if (_state.Value.StorySequence <= LastShown.Story)
        {
            return;
        }

        foreach (var line in _state.Value.Story)
        {
            if (line.Sequence > LastShown.Story)
            {
                await _reporter.ShowAsync(new StoryAdded(new StoryRow(Id.Value, line.Sequence, line.At, line.Kind, line.Text, line.Node)));
            }
        }

        LastShown = LastShown with { Story = _state.Value.StorySequence };
    }
}
