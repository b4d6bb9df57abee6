namespace Etdb.Orleans.Embedded.Simulation;

/// <summary>An execution context without ambient values, so that what the test around a simulation has set does not flow into grains.</summary>
internal static class CleanContext
{
    private static readonly Lazy<ExecutionContext> Lazy = new(Capture);

    public static ExecutionContext Instance => Lazy.Value;

    private static ExecutionContext Capture()
    {
        ExecutionContext? captured = null;
        var thread = new Thread(() => captured = ExecutionContext.Capture());
        thread.UnsafeStart();
        thread.Join();
        return captured!;
    }
}
