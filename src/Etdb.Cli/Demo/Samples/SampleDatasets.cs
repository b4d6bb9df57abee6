using Etdb.Cli.Publish;

namespace Etdb.Cli.Demo.Samples;

/// <summary>
/// The lab's folders of the demo: first the real files of <c>data/</c> where they are present, then simulated tomograms, named as such in
/// title and notes. A folder is made once (in a temporary place, then renamed), so an interrupted demo goes on with the same bytes.
/// </summary>
internal sealed class SampleDatasets(string folder, string? realData, int seed)
{
    private const int Width = 128;
    private const int Height = 128;
    private const int Depth = 48;
    private const double AngstromPerVoxel = 21.0;

    private static readonly (string File, string Title, string Notes)[] Real =
    [
        ("EMD-3001.map", "EMD-3001, cryo-EM map from the EMDB", "Real data: map EMD-3001 of the Electron Microscopy Data Bank (CC0), as shipped with the test data of ccpem/mrcfile."),
        ("EMD-3197.map", "EMD-3197, cryo-EM map from the EMDB", "Real data: map EMD-3197 of the Electron Microscopy Data Bank (CC0), as shipped with the test data of ccpem/mrcfile."),
        ("HAADF.dm3", "HAADF-STEM image stack (Gatan DM3)", "Real data: HAADF image stack in Gatan's format, test data of usnistgov/etspy (public domain)."),
        ("tilt_series.mdoc", "TS_01 tilt-series, SerialEM metadata (41 tilts)", "Real data: SerialEM metadata of a cryo-ET tilt-series (EMBL Krios, 2015), test data of teamtomo/mdocfile (BSD-3)."),
    ];

    private static readonly (string Species, long TaxId, string Strain)[] Species =
    [
        ("Escherichia coli", 562, "MG1655"), ("Vibrio cholerae", 666, "C6706"), ("Caulobacter crescentus", 155892, "NA1000"), ("Bdellovibrio bacteriovorus", 959, "HD100"),
        ("Hylemonella gracilis", 80880, "ATCC 19624"), ("Myxococcus xanthus", 34, "DK1622"), ("Legionella pneumophila", 446, "Lp02"), ("Campylobacter jejuni", 197, "81-176"),
    ];

    /// <summary>The <paramref name="count"/> folders in order; missing ones are made. <paramref name="made"/> is told of each.</summary>
    public async Task<IReadOnlyList<string>> EnsureAsync(int count, Action<string> made, CancellationToken cancellationToken)
    {
        var real = realData is null ? [] : Real.Where(r => File.Exists(Path.Combine(realData, r.File))).ToArray();
        var folders = new List<string>();
        for (var i = 0; i < count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var target = Path.Combine(folder, $"{i + 1:0000}");
            if (!Directory.Exists(target))
            {
                var temporary = target + ".making";
                if (Directory.Exists(temporary))
                {
                    Directory.Delete(temporary, recursive: true);
                }

                Directory.CreateDirectory(temporary);
                var manifest = i < real.Length ? CopyReal(temporary, real[i].File, real[i].Title, real[i].Notes) : await SimulateAsync(temporary, i - real.Length, cancellationToken);
                manifest.Write(temporary);
                Directory.Move(temporary, target);
                made(manifest.Title);
            }

            folders.Add(target);
        }

        return folders;
    }

    private DatasetManifest CopyReal(string target, string file, string title, string notes)
    {
        var part = Path.GetExtension(file) is ".map" ? "3dimage_1" : "rawdata";
        Directory.CreateDirectory(Path.Combine(target, part));
        File.Copy(Path.Combine(realData!, file), Path.Combine(target, part, file));
        if (Path.GetExtension(file) is ".map" && MrcFile.ReadMiddleSection(Path.Combine(target, part, file)) is { } section)
        {
            WriteImages(target, section);
        }

        return new DatasetManifest
        {
            Title = title,
            Description = "Published by the demo of Etdb.Orleans from real files.",
            Tags = "etdb,demo,electron.microscopy",
            Details = new() { ["speciesName"] = "not stated", ["artNotes"] = notes, ["institution"] = "Demo Institution", ["lab"] = "Demo Lab" },
        };
    }

    private async Task<DatasetManifest> SimulateAsync(string target, int index, CancellationToken cancellationToken)
    {
        var random = new Random(unchecked((seed * 7919) + (index * 104729) + 1));
        var (species, taxId, strain) = Species[index % Species.Length];
        var tilts = Enumerable.Range(0, 41).Select(i => -60.0 + (3 * i)).ToArray();
        var cell = PhantomCell.Build(Width, Height, Depth, random.Next());
        var series = Tomography.Project(cell, tilts, noise: 0.08, random);
        var reconstruction = Tomography.BackProject(series, tilts, Depth);
        Directory.CreateDirectory(Path.Combine(target, "rawdata"));
        Directory.CreateDirectory(Path.Combine(target, "3dimage_1"));
        MrcFile.Write(Path.Combine(target, "rawdata", $"sim{index + 1:000}.st"), series, stack: true, AngstromPerVoxel, "Etdb.Orleans demo: SIMULATED tilt-series of a phantom cell");
        MrcFile.Write(Path.Combine(target, "3dimage_1", $"sim{index + 1:000}_rec.mrc"), reconstruction, stack: false, AngstromPerVoxel, "Etdb.Orleans demo: SIMULATED reconstruction of a phantom cell");
        var middle = new Volume(Width, Height, 1);
        reconstruction.Section(Depth / 2).CopyTo(middle.Voxels);
        WriteImages(target, middle);
        await KeyMovie.TryWriteAsync(Path.Combine(target, "keymov_1.mp4"), reconstruction, cancellationToken);
        return new DatasetManifest
        {
            Title = $"Simulated tomogram {index + 1}: phantom {species} cell with a flagellar motor",
            Description = "Simulated data made by the demo of Etdb.Orleans; not an observation of any specimen.",
            Tags = "etdb,demo,simulated,tomogram,electron.tomography",
            Simulated = true,
            Details = new()
            {
                ["date"] = 1_500_000_000L + (index * 86_400L),
                ["NCBItaxID"] = taxId,
                ["artNotes"] = $"SIMULATED: a phantom cell (two membranes, ribosomes, a flagellar motor), projected at 41 tilts and back-projected; seed {seed}, number {index + 1}. The species named is only a label.",
                ["scopeName"] = "none (simulated)",
                ["speciesName"] = species,
                ["strain"] = strain,
                ["tiltSingleDual"] = 1L,
                ["defocus"] = -6.0,
                ["dosage"] = 120.0,
                ["tiltConstant"] = 1.0,
                ["tiltMin"] = -60.0,
                ["tiltMax"] = 60.0,
                ["tiltStep"] = 3.0,
                ["magnification"] = 27500.0,
                ["microscopist"] = "nobody (simulated)",
                ["institution"] = "Demo Institution",
                ["lab"] = "Demo Lab",
                ["sid"] = $"sim{index + 1:000}",
            },
        };
    }

    private static void WriteImages(string target, Volume section)
    {
        var pixels = PngImage.Pixels(section.Section(0));
        PngImage.Write(Path.Combine(target, "keyimg_1.png"), pixels, section.Width, section.Height, enlarge: Math.Max(1, 512 / Math.Max(section.Width, section.Height)));
        PngImage.Write(Path.Combine(target, "keyimg_1_s.png"), pixels, section.Width, section.Height);
    }
}
