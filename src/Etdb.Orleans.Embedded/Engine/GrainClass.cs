using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Concurrency;
using Orleans.Configuration;
using Orleans.Runtime;

namespace Etdb.Orleans.Embedded.Engine;

/// <summary>What the runtime knows of a grain class: read once from its attributes and constructor.</summary>
internal sealed class GrainClass
{
    private const string Suffix = "grain";

    private readonly ConstructorInvoker _constructor;
    private readonly Func<Activation, object?>[] _arguments;

    public GrainClass(Type type, SiloMessagingOptions messaging, GrainCollectionOptions collection)
    {
        Type = type;
        GrainType = GrainType.Create(type.GetCustomAttribute<GrainTypeAttribute>()?.Name ?? NameByConvention(type));
        Reentrant = type.IsDefined(typeof(ReentrantAttribute), inherit: true);
        var stateless = type.GetCustomAttribute<StatelessWorkerAttribute>(inherit: true);
        WorkerLimit = stateless?.MaxLocalWorkers ?? 0;
        MailboxLimit = Limit(stateless is null ? messaging.MaxEnqueuedRequestsHardLimit : messaging.MaxEnqueuedRequestsHardLimit_StatelessWorker);
        CollectionAge = AgeOf(type, collection);
        var constructor = ChooseConstructor(type);
        _constructor = ConstructorInvoker.Create(constructor);
        _arguments = [.. constructor.GetParameters().Select(ArgumentOf)];
        Tag = new KeyValuePair<string, object?>("grain", type.Name);
    }

    public Type Type { get; }

    public GrainType GrainType { get; }

    public bool Reentrant { get; }

    /// <summary>Most activations of one id; 0 when the class is not a stateless worker.</summary>
    public int WorkerLimit { get; }

    public int MailboxLimit { get; }

    /// <summary>How long an activation may idle; infinite for never collected.</summary>
    public TimeSpan CollectionAge { get; }

    /// <summary>Label of metrics: from the closed set of grain classes.</summary>
    public KeyValuePair<string, object?> Tag { get; }

    /// <summary>The name Microsoft Orleans gives the class: lower case, without "Grain".</summary>
    public static string NameByConvention(Type type)
    {
        var name = type.Name.ToLowerInvariant();
        return name.EndsWith(Suffix, StringComparison.Ordinal) && name.Length > Suffix.Length ? name[..^Suffix.Length] : name;
    }

    /// <summary>Makes the instance, on the activation's turn.</summary>
    public object CreateInstance(Activation activation)
    {
        var values = new object?[_arguments.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = _arguments[i](activation);
        }

        return _constructor.Invoke(values.AsSpan());
    }

    private static int Limit(int configured) => configured <= 0 ? int.MaxValue : configured;

    private static TimeSpan AgeOf(Type type, GrainCollectionOptions options)
    {
        if (type.IsDefined(typeof(KeepAliveAttribute), inherit: true))
        {
            return Timeout.InfiniteTimeSpan;
        }

        return type.GetCustomAttribute<CollectionAgeLimitAttribute>(inherit: true)?.AgeLimit
            ?? (options.ClassSpecificCollectionAge.TryGetValue(type.FullName!, out var age) ? age : options.CollectionAge);
    }

    private static ConstructorInfo ChooseConstructor(Type type)
    {
        var constructors = type.GetConstructors();
        return constructors.Length switch
        {
            0 => throw new InvalidOperationException($"Grain class {type} has no public constructor."),
            1 => constructors[0],
            _ => constructors.FirstOrDefault(static c => c.IsDefined(typeof(ActivatorUtilitiesConstructorAttribute)))
                ?? constructors.MaxBy(static c => c.GetParameters().Length)!,
        };
    }

    private Func<Activation, object?> ArgumentOf(ParameterInfo parameter)
    {
        if (parameter.GetCustomAttribute<PersistentStateAttribute>() is { } facet)
        {
            return StateArgument(parameter, facet);
        }

        if (parameter.ParameterType == typeof(IGrainContext))
        {
            return static activation => activation;
        }

        var type = parameter.ParameterType;
        if (parameter.GetCustomAttribute<FromKeyedServicesAttribute>() is { } keyed)
        {
            return activation => activation.ActivationServices.GetRequiredKeyedService(type, keyed.Key);
        }

        return parameter.HasDefaultValue
            ? activation => activation.ActivationServices.GetService(type) ?? parameter.DefaultValue
            : activation => activation.ActivationServices.GetRequiredService(type);
    }

    private static Func<Activation, object?> StateArgument(ParameterInfo parameter, PersistentStateAttribute facet)
    {
        var type = parameter.ParameterType;
        if (!type.IsGenericType || type.GetGenericTypeDefinition() != typeof(IPersistentState<>))
        {
            throw new InvalidOperationException($"[PersistentState] parameter {parameter.Name} of {parameter.Member.DeclaringType} must be an IPersistentState<T>.");
        }

        var create = typeof(PersistentState<>).MakeGenericType(type.GetGenericArguments()).GetMethod(nameof(PersistentState<object>.Create))!
            .CreateDelegate<Func<Activation, PersistentStateAttribute, object>>();
        return activation => create(activation, facet);
    }
}
