namespace Etdb.Cli.Demo.Samples;

/// <summary>A stack of real-valued images: <see cref="Depth"/> sections of <see cref="Height"/> rows of <see cref="Width"/> voxels, x fastest.</summary>
internal sealed class Volume(int width, int height, int depth)
{
    public int Width { get; } = width;

    public int Height { get; } = height;

    public int Depth { get; } = depth;

    public float[] Voxels { get; } = new float[width * height * depth];

    public ref float this[int x, int y, int z] => ref Voxels[(((z * Height) + y) * Width) + x];

    public ReadOnlySpan<float> Section(int z) => Voxels.AsSpan(z * Width * Height, Width * Height);
}
