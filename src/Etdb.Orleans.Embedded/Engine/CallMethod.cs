using System.Linq.Expressions;
using System.Reflection;
using Orleans;
using Orleans.Concurrency;

namespace Etdb.Orleans.Embedded.Engine;

/// <summary>One method of a grain interface: how it is called, and what its attributes ask for.</summary>
internal abstract class CallMethod
{
    private readonly Func<object, object?[], Task> _invoke;

    protected CallMethod(MethodInfo method)
    {
        Method = method;
        InterfaceName = method.DeclaringType!.FullName!;
        Name = method.Name;
        DisplayName = $"{method.DeclaringType.Name}.{method.Name}";
        AlwaysInterleave = method.IsDefined(typeof(AlwaysInterleaveAttribute));
        ReadOnly = method.IsDefined(typeof(ReadOnlyAttribute));
        OneWay = method.IsDefined(typeof(OneWayAttribute));
        ResponseTimeout = method.GetCustomAttribute<ResponseTimeoutAttribute>()?.Timeout;
        CancellationIndex = Array.FindIndex(method.GetParameters(), static p => p.ParameterType == typeof(CancellationToken));
        Tag = new KeyValuePair<string, object?>("method", DisplayName);
        _invoke = Compile(method);
    }

    public MethodInfo Method { get; }

    public string InterfaceName { get; }

    public string Name { get; }

    /// <summary>Interface and method, for people.</summary>
    public string DisplayName { get; }

    public bool AlwaysInterleave { get; }

    public bool ReadOnly { get; }

    public bool OneWay { get; }

    /// <summary>The method's own time-out; null for the runtime's.</summary>
    public TimeSpan? ResponseTimeout { get; }

    /// <summary>Which argument is the cancellation token; -1 when none is.</summary>
    public int CancellationIndex { get; }

    /// <summary>Label of metrics: from the closed set of grain methods.</summary>
    public KeyValuePair<string, object?> Tag { get; }

    public static CallMethod Create(MethodInfo method)
    {
        if (method.IsGenericMethod)
        {
            throw new NotSupportedException($"{method.DeclaringType}.{method.Name}: the embedded runtime has no generic grain methods.");
        }

        var type = method.ReturnType;
        var definition = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
        if (definition != typeof(Task) && definition != typeof(Task<>) && definition != typeof(ValueTask) && definition != typeof(ValueTask<>))
        {
            throw new NotSupportedException($"{method.DeclaringType}.{method.Name} returns {type}: grain methods return Task, Task<T>, ValueTask or ValueTask<T>.");
        }

        var result = type.IsGenericType ? type.GetGenericArguments()[0] : typeof(Nothing);
        return (CallMethod)Activator.CreateInstance(typeof(CallMethod<>).MakeGenericType(result), method)!;
    }

    /// <summary>Runs the method on an instance.</summary>
    public Task Invoke(object grain, object?[] arguments) => _invoke(grain, arguments);

    /// <summary>Sends a call and gives back what the method returns: a task that ends with the answer.</summary>
    public abstract object Send(GrainReferenceCore reference, object?[] arguments);

    private static Func<object, object?[], Task> Compile(MethodInfo method)
    {
        var grain = Expression.Parameter(typeof(object));
        var arguments = Expression.Parameter(typeof(object?[]));
        var values = method.GetParameters().Select((p, i) => (Expression)Expression.Convert(Expression.ArrayIndex(arguments, Expression.Constant(i)), p.ParameterType));
        Expression call = Expression.Call(Expression.Convert(grain, method.DeclaringType!), method, values);
        if (method.ReturnType.IsValueType)
        {
            call = Expression.Call(call, method.ReturnType.GetMethod(nameof(ValueTask.AsTask))!);
        }

        return Expression.Lambda<Func<object, object?[], Task>>(Expression.Convert(call, typeof(Task)), grain, arguments).Compile();
    }
}

/// <inheritdoc cref="CallMethod"/>
internal sealed class CallMethod<T>(MethodInfo method) : CallMethod(method)
{
    private readonly ReturnShape _shape = ShapeOf(method.ReturnType);

    private enum ReturnShape
    {
        Task,
        ValueTask,
        ValueTaskOfT,
    }

    /// <inheritdoc/>
    public override object Send(GrainReferenceCore reference, object?[] arguments)
    {
        var call = new GrainCall<T>(this, reference, arguments);
        call.Send();
        return _shape switch
        {
            ReturnShape.Task => call.Answer,
            ReturnShape.ValueTask => new ValueTask(call.Answer),
            _ => new ValueTask<T>(call.Answer),
        };
    }

    private static ReturnShape ShapeOf(Type type) =>
        type == typeof(ValueTask) ? ReturnShape.ValueTask : type.IsValueType ? ReturnShape.ValueTaskOfT : ReturnShape.Task;
}

/// <summary>The result of a method without one.</summary>
internal readonly struct Nothing;
