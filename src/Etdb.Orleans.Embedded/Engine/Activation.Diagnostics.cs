using System.Globalization;

namespace Etdb.Orleans.Embedded.Engine;

/// <content>What the activation does, for people.</content>
internal sealed partial class Activation
{
    /// <summary>Requests that are named one by one; the rest is counted.</summary>
    private const int MostNamed = 8;

    private string _lastEnded = ""; // The text only: the request would keep its arguments and its answer in memory.
    private int _ends;

    /// <summary>What runs and how much waits.</summary>
    public string Describe()
    {
        lock (_gate)
        {
            var running = _running.Count == 0 ? "nothing" : Join(_running.Select(static r => r.Description), _running.Count, ", ");
            var held = Turns.HeldTooLong is { } time ? string.Create(CultureInfo.InvariantCulture, $", its thread held for {time.TotalSeconds:0} s") : "";
            return $"{_phase}, running {running}{held}, {_waiting.Count} waiting";
        }
    }

    /// <summary>How many requests run now.</summary>
    public int RunningCount
    {
        get
        {
            lock (_gate)
            {
                return _running.Count;
            }
        }
    }

    /// <summary>Where the activation stands before a turn; called by its turns only.</summary>
    public TurnNote Note() => new(_phase == Phase.Activating, _ends);

    /// <summary>What a turn may have run: <paramref name="first"/> where it was a request's first, else all that can have; a continuation does not say whose it is.</summary>
    public string WhatRanSince(TurnNote before, Request? first)
    {
        if (before.Activating)
        {
            return $"the activation of {GrainId}";
        }

        lock (_gate)
        {
            List<string> names = first is null ? [.. _running.Select(static r => r.Description)] : [first.Description];
            if (first is null && _ends != before.Ends)
            {
                names.Insert(0, $"{_lastEnded} on {GrainId}");
            }

            if (_phase is Phase.Deactivating or Phase.Ended && _running.Count == 0)
            {
                names.Add($"the deactivation of {GrainId}");
            }

            return names.Count == 0 ? "what no call waits for" : Join(names, names.Count, " or ");
        }
    }

    private static string Join(IEnumerable<string> names, int count, string between) =>
        string.Join(between, names.Take(MostNamed)) + (count > MostNamed ? string.Create(CultureInfo.InvariantCulture, $"{between}{count - MostNamed} more") : "");

    private void NoteEnd(Request request)
    {
        _lastEnded = request.Title;
        _ends++;
    }
}

/// <summary>Where an activation stood when a turn began.</summary>
internal readonly record struct TurnNote(bool Activating, int Ends);
