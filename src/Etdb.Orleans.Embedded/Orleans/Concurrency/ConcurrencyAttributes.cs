namespace Orleans.Concurrency;

/// <summary>Calls on the grain may interleave at awaits: never in parallel, but one may start while another waits.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ReentrantAttribute : Attribute;

/// <summary>The method may interleave with every other call, whatever the grain class says.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AlwaysInterleaveAttribute : Attribute;

/// <summary>The method changes nothing: several such calls may interleave with one another.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ReadOnlyAttribute : Attribute;

/// <summary>The caller gets no answer: its task ends when the call was handed over, whatever becomes of it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OneWayAttribute : Attribute;
