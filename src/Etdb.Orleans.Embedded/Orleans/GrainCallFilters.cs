using System.Reflection;
using Orleans.Runtime;

namespace Orleans;

/// <summary>One call on its way, as filters see it.</summary>
public interface IGrainCallContext
{
    /// <summary>The grain instance; for outgoing calls the reference.</summary>
    object Grain { get; }

    /// <summary>Who calls; null for code outside grains.</summary>
    GrainId? SourceId { get; }

    /// <summary>Who is called.</summary>
    GrainId TargetId { get; }

    /// <summary>Full name of the grain interface.</summary>
    string InterfaceName { get; }

    /// <summary>Name of the method.</summary>
    string MethodName { get; }

    /// <summary>The interface's method.</summary>
    MethodInfo InterfaceMethod { get; }

    /// <summary>The result, once <see cref="Invoke"/> ended; may be replaced.</summary>
    object? Result { get; set; }

    /// <summary>Goes on with the call.</summary>
    Task Invoke();
}

/// <inheritdoc cref="IGrainCallContext"/>
public interface IIncomingGrainCallContext : IGrainCallContext
{
    /// <summary>The activation that is called.</summary>
    IGrainContext TargetContext { get; }

    /// <summary>The class' method.</summary>
    MethodInfo ImplementationMethod { get; }
}

/// <inheritdoc cref="IGrainCallContext"/>
public interface IOutgoingGrainCallContext : IGrainCallContext
{
    /// <summary>The activation that calls; null for code outside grains.</summary>
    IGrainContext? SourceContext { get; }
}

/// <summary>Runs around every call that arrives at a grain, on the grain's turn.</summary>
public interface IIncomingGrainCallFilter
{
    /// <summary>Must await <see cref="IGrainCallContext.Invoke"/> for the call to happen.</summary>
    Task Invoke(IIncomingGrainCallContext context);
}

/// <summary>Runs around every call that is made, on the caller's side.</summary>
public interface IOutgoingGrainCallFilter
{
    /// <summary>Must await <see cref="IGrainCallContext.Invoke"/> for the call to happen.</summary>
    Task Invoke(IOutgoingGrainCallContext context);
}

/// <summary>An incoming filter as a function.</summary>
public delegate Task IncomingGrainCallFilterDelegate(IIncomingGrainCallContext context);

/// <summary>An outgoing filter as a function.</summary>
public delegate Task OutgoingGrainCallFilterDelegate(IOutgoingGrainCallContext context);
