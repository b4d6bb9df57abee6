using Microsoft.Extensions.DependencyInjection;

namespace Orleans.Hosting;

/// <summary>Turns reminders on.</summary>
public static class SiloBuilderReminderExtensions
{
    /// <summary>Reminders need a store beside this: the storage project's registration adds it.</summary>
    public static ISiloBuilder AddReminders(this ISiloBuilder builder) =>
        builder.ConfigureServices(static services => AddReminders(services));

    /// <inheritdoc cref="AddReminders(ISiloBuilder)"/>
    public static void AddReminders(this IServiceCollection services) => services.AddOptions<ReminderOptions>();
}
