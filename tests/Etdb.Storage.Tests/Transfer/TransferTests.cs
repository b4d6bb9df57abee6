using System.Text;
using Etdb.Storage.Catalogue;
using Etdb.Storage.Tests.Catalogue;
using Etdb.Storage.Tests.Databases;
using Etdb.Storage.Transfer;
using Etdb.Testing;
using Microsoft.Data.Sqlite;
using Orleans;
using Orleans.Runtime;
using Entry = Etdb.Storage.Evidence.EvidenceEntry;

namespace Etdb.Storage.Tests.Transfer;

/// <summary>What goes out of one database comes back in either.</summary>
public sealed class TransferTests(PostgresFixture postgres)
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 0, 0, 0, TimeSpan.Zero);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(DatabaseKind.Sqlite, DatabaseKind.Postgres)]
    [InlineData(DatabaseKind.Postgres, DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.Sqlite, DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.Postgres, DatabaseKind.Postgres)]
    public async Task An_export_imported_elsewhere_gives_the_same_export(DatabaseKind from, DatabaseKind to)
    {
        using var folder = new TemporaryFolder();
        await using var source = await DatabaseUnderTest.CreateAsync(from, postgres);
        await FillAsync(source);
        var first = await ExportAsync(source, folder.At("a.jsonl"));
        await using var target = await DatabaseUnderTest.CreateAsync(to, postgres);
        await StorageImport.WriteAsync(target.Site(), folder.At("a.jsonl"), null, Ct);
        var second = await ExportAsync(target, folder.At("b.jsonl"));
        Assert.Equal(Rows(first), Rows(second));
        Assert.Contains("\"body\":{\"number\":7}", string.Concat(first), StringComparison.Ordinal);

        // It goes on there: search finds, and an ETag is not given twice.
        using var catalogue = target.Catalogue(new CatalogueEvents());
        await catalogue.StartAsync(Ct);
        Assert.Equal(1, (await catalogue.DatasetsAsync(new DatasetQuery(Text: "flagell"), Ct)).Total);
        await catalogue.StopAsync(Ct);
        var (storage, _) = await target.GrainsAsync();
        var state = new GrainState<int>(1);
        await storage.WriteStateAsync("s", GrainId.Create("dataset", "new"), state);
        Assert.True(long.Parse(state.ETag!) > 3);
    }

    /// <summary>Between the check and the writing people are asked, and take their time.</summary>
    [Fact]
    public async Task A_file_that_changed_after_it_was_checked_changes_nothing()
    {
        using var folder = new TemporaryFolder();
        await using var source = new SqliteUnderTest();
        await FillAsync(source);
        await ExportAsync(source, folder.At("a.jsonl"));
        var export = await StorageImport.CheckAsync(folder.At("a.jsonl"), null, Ct);
        await using var target = new SqliteUnderTest();
        await using var site = target.Site();
        await File.AppendAllTextAsync(folder.At("a.jsonl"), "\n", Ct);
        await Assert.ThrowsAsync<FormatException>(() => StorageImport.WriteAsync(site, export, null, Ct));
        Assert.False(await site.HasStatesAsync(Ct));
        File.Delete(folder.At("a.jsonl"));
        await Assert.ThrowsAsync<FileNotFoundException>(() => StorageImport.WriteAsync(site, export, null, Ct));
        await ExportAsync(source, folder.At("a.jsonl"));
        Assert.Equal(export.Counts, await StorageImport.WriteAsync(site, await StorageImport.CheckAsync(folder.At("a.jsonl"), null, Ct), null, Ct));
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.Postgres)]
    public async Task A_file_that_is_not_whole_changes_nothing(DatabaseKind kind)
    {
        using var folder = new TemporaryFolder();
        await using var source = new SqliteUnderTest();
        await FillAsync(source);
        var lines = await ExportAsync(source, folder.At("a.jsonl"));
        var random = new Random(7);
        string[][] files =
        [
            lines[..^1], lines[..^3], [.. lines[..5], .. lines[6..]], [.. lines, lines[3]], lines[1..], [lines[0].Replace("\"format\":1", "\"format\":99"), .. lines[1..]],
            [.. lines.Select(l => l.Replace("\"number\":7", "\"number\":8"))], [.. lines.Select(l => l.Replace("\"etag\":", "\"tag\":"))], ["nothing"], [],
            [.. lines.Select(l => System.Text.RegularExpressions.Regex.Replace(l, "\"checksum\":(-?\\d+)", "\"checksum\":\"$1\""))],
            .. Enumerable.Range(0, 40).Select(_ => Mutated(lines, random)),
        ];
        await using var target = await DatabaseUnderTest.CreateAsync(kind, postgres);
        await using var site = target.Site();
        foreach (var broken in files)
        {
            await File.WriteAllLinesAsync(folder.At("broken.jsonl"), broken, Ct);
            await Assert.ThrowsAsync<FormatException>(() => StorageImport.WriteAsync(site, folder.At("broken.jsonl"), null, Ct));
            Assert.False(await site.HasStatesAsync(Ct));
        }

        await StorageImport.WriteAsync(site, folder.At("a.jsonl"), null, Ct);
        Assert.True(await site.HasStatesAsync(Ct));
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.Postgres)]
    public async Task Nothing_is_imported_over_a_cluster(DatabaseKind kind)
    {
        using var folder = new TemporaryFolder();
        await using var source = await DatabaseUnderTest.CreateAsync(kind, postgres);
        await FillAsync(source);
        await ExportAsync(source, folder.At("a.jsonl"));
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => StorageImport.WriteAsync(source.Site(), folder.At("a.jsonl"), null, Ct));
        Assert.Contains("already", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_backup_made_while_grains_write_restores_to_one_moment()
    {
        using var folder = new TemporaryFolder();
        await using var source = new SqliteUnderTest();
        await FillAsync(source);
        var manifest = await WhileWritingAsync(source, () => StorageBackup.OfSqliteAsync(source.Folder, folder.At("backup"), Now, null, Ct));
        Assert.Equal(["grains.db", "evidence.db", "catalogue.db"], manifest.Files.Select(f => f.Name));
        Assert.Equal(manifest.Files, (await StorageBackup.CheckAsync(folder.At("backup"), null, Ct)).Files);

        Directory.CreateDirectory(folder.At("new"));
        await File.WriteAllTextAsync(folder.At("new", "grains.db"), "what was there", Ct);
        var aside = await StorageBackup.RestoreSqliteAsync(folder.At("backup"), manifest, folder.At("new"), Now, null, Ct);
        Assert.Equal("what was there", await File.ReadAllTextAsync(Path.Combine(aside!, "grains.db"), Ct));
        using var output = new MemoryStream();
        await using var site = StorageSite.Sqlite(folder.At("new"));
        var counts = await StorageExport.WriteAsync(site, output, Now, null, Ct);
        Assert.Equal((3, 2), (counts["grain_state"], counts["evidence"]));
        Assert.Null(await StorageBackup.RestoreSqliteAsync(folder.At("backup"), manifest, folder.At("empty"), Now, null, Ct));
        Assert.Equal(manifest.Files.Select(f => f.Name).Order(), Directory.GetFiles(folder.At("empty")).Select(Path.GetFileName).Order());
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.Postgres)]
    public async Task A_backup_of_a_server_that_is_written_to_restores_into_an_empty_database_and_no_other(DatabaseKind to)
    {
        using var folder = new TemporaryFolder();
        await using var source = await DatabaseUnderTest.CreateAsync(DatabaseKind.Postgres, postgres);
        await FillAsync(source);
        await using var server = source.Site();
        var manifest = await WhileWritingAsync(source, () => StorageBackup.OfPostgresAsync(server, folder.At("backup"), Now, null, Ct));
        Assert.Equal("postgres", manifest.Kind);
        Assert.Equal(manifest.Files, (await StorageBackup.CheckAsync(folder.At("backup"), null, Ct)).Files);

        await using var target = await DatabaseUnderTest.CreateAsync(to, postgres);
        await using var site = target.Site();
        await StorageBackup.RestoreExportAsync(folder.At("backup"), site, null, Ct);
        using var output = new MemoryStream();
        var counts = await StorageExport.WriteAsync(site, output, Now, null, Ct);
        Assert.Equal((3, 2, 2), (counts["grain_state"], counts["evidence"], counts["incident"]));
        await Assert.ThrowsAsync<InvalidOperationException>(() => StorageBackup.RestoreExportAsync(folder.At("backup"), site, null, Ct));
    }

    [Fact]
    public async Task A_backup_that_was_changed_is_not_restored()
    {
        using var folder = new TemporaryFolder();
        await using var source = new SqliteUnderTest();
        await FillAsync(source);
        await StorageBackup.OfSqliteAsync(source.Folder, folder.At("backup"), Now, null, Ct);
        await using (var file = new FileStream(folder.At("backup", "grains.db"), FileMode.Open))
        {
            file.Seek(5000, SeekOrigin.Begin);
            file.WriteByte(1);
        }

        Assert.Contains("grains.db", (await Assert.ThrowsAsync<FormatException>(() => StorageBackup.CheckAsync(folder.At("backup"), null, Ct))).Message, StringComparison.Ordinal);
        File.Delete(folder.At("backup", StorageBackup.ManifestName));
        await Assert.ThrowsAsync<FormatException>(() => StorageBackup.CheckAsync(folder.At("backup"), null, Ct));
        await Assert.ThrowsAsync<IOException>(() => StorageBackup.OfSqliteAsync(source.Folder, folder.At("backup"), Now, null, Ct));
    }

    [Theory]
    [InlineData("\"grains.db\"", "\"../../elsewhere.db\"")]
    [InlineData("\"grains.db\"", "\"etdb.json\"")]
    [InlineData("\"grains.db\"", "\"evidence.db\"")]
    [InlineData("\"grains.db\"", "null")]
    [InlineData("\"sqlite\"", "\"postgres\"")]
    [InlineData("\"sqlite\"", "\"tape\"")]
    public async Task A_manifest_names_only_files_that_a_backup_has(string written, string forged)
    {
        using var folder = new TemporaryFolder();
        await using var source = new SqliteUnderTest();
        await FillAsync(source);
        await StorageBackup.OfSqliteAsync(source.Folder, folder.At("a", "backup"), Now, null, Ct);
        File.Copy(folder.At("a", "backup", "grains.db"), folder.At("elsewhere.db"));
        File.Copy(folder.At("a", "backup", "grains.db"), folder.At("a", "backup", "elsewhere.db"));
        File.Copy(folder.At("a", "backup", "grains.db"), folder.At("a", "backup", "etdb.json"));
        var path = folder.At("a", "backup", StorageBackup.ManifestName);
        var manifest = await File.ReadAllTextAsync(path, Ct);
        Assert.Contains(written, manifest, StringComparison.Ordinal);
        await File.WriteAllTextAsync(path, manifest.Replace(written, forged, StringComparison.Ordinal), Ct);
        await Assert.ThrowsAsync<FormatException>(() => StorageBackup.CheckAsync(folder.At("a", "backup"), null, Ct));
    }

    [Fact]
    public async Task A_backup_that_fails_leaves_nothing_in_the_way_of_the_next_one()
    {
        using var folder = new TemporaryFolder();
        await using var source = new SqliteUnderTest();
        await FillAsync(source);
        await File.WriteAllTextAsync(Path.Combine(source.Folder, "ledger.db"), "not a database, and longer than the header of one would be: " + new string('x', 200), Ct);
        await Assert.ThrowsAsync<SqliteException>(() => StorageBackup.OfSqliteAsync(source.Folder, folder.At("backup"), Now, null, Ct));
        Assert.Empty(Directory.GetFiles(folder.At("backup")));
        using var given = new CancellationTokenSource();
        var progress = new Steps(given.Cancel);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => StorageBackup.OfSqliteAsync(source.Folder, folder.At("backup"), Now, progress, given.Token));
        Assert.Empty(Directory.GetFiles(folder.At("backup")));

        File.Delete(Path.Combine(source.Folder, "ledger.db"));
        progress = new Steps(() => { });
        await StorageBackup.OfSqliteAsync(source.Folder, folder.At("backup"), Now, progress, Ct);
        Assert.Contains(progress.Told, p => p.Step == "hashing grains.db" && p.Bytes == p.Total);
    }

    [Fact]
    public async Task A_restore_that_was_cut_short_is_known_and_done_again()
    {
        using var folder = new TemporaryFolder();
        await using var source = new SqliteUnderTest();
        await FillAsync(source);
        var manifest = await StorageBackup.OfSqliteAsync(source.Folder, folder.At("backup"), Now, null, Ct);
        Directory.CreateDirectory(folder.At("data", "catalogue.db"));
        await File.WriteAllTextAsync(folder.At("data", "grains.db"), "what was there", Ct);

        // A folder stands where the catalogue is to be: some files are in their places by then.
        await Assert.ThrowsAnyAsync<IOException>(() => StorageBackup.RestoreSqliteAsync(folder.At("backup"), manifest, folder.At("data"), Now, null, Ct));
        Assert.True(File.Exists(folder.At("data", "grains.db")));
        Assert.Contains($"etdb restore --from {folder.At("backup")}", UnfinishedRestore.Look(folder.At("data")), StringComparison.Ordinal);
        Directory.Delete(folder.At("data", "catalogue.db"));
        await StorageBackup.RestoreSqliteAsync(folder.At("backup"), manifest, folder.At("data"), Now.AddSeconds(1), null, Ct);
        Assert.Null(UnfinishedRestore.Look(folder.At("data")));
        await using var site = StorageSite.Sqlite(folder.At("data"));
        Assert.True(await site.HasStatesAsync(Ct));
        Assert.Equal("what was there", await File.ReadAllTextAsync(folder.At("data", "replaced-20261122T000000", "grains.db"), Ct));
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.Postgres)]
    public async Task Rows_of_an_export_may_come_in_any_order(DatabaseKind kind)
    {
        using var folder = new TemporaryFolder();
        await using var source = new SqliteUnderTest();
        await FillAsync(source);
        var lines = await ExportAsync(source, folder.At("a.jsonl"));
        string[] shuffled = [lines[0], .. lines[1..^1].OrderBy(l => l.Length)];
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(shuffled.Select(l => l + "\n")))));
        var end = System.Text.RegularExpressions.Regex.Replace(lines[^1], "\"sha256\":\"[0-9a-f]+\"", $"\"sha256\":\"{hash}\"");
        await File.WriteAllLinesAsync(folder.At("b.jsonl"), [.. shuffled, end], Ct);
        await using var target = await DatabaseUnderTest.CreateAsync(kind, postgres);
        var counts = await StorageImport.WriteAsync(target.Site(), folder.At("b.jsonl"), null, Ct);
        Assert.Equal((2, 2), (counts["grain_state"], counts["evidence"]));
        Assert.Equal(Rows(lines), Rows(await ExportAsync(target, folder.At("c.jsonl"))));
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.Postgres)]
    public async Task Retention_removes_what_is_too_old_and_never_evidence(DatabaseKind kind)
    {
        await using var database = await DatabaseUnderTest.CreateAsync(kind, postgres);
        await FillAsync(database);
        var site = database.Site();
        var options = new RetentionOptions { Observations = TimeSpan.FromDays(10), Repairs = TimeSpan.FromDays(1), Incidents = TimeSpan.FromDays(10) };
        var later = TimeProvider.System.GetUtcNow() + TimeSpan.FromDays(5);
        var found = await Retention.TrimAsync(site, options, later, remove: false, Ct);
        Assert.Equal((2, 1, 1), (found["observation"], found["repair_done"], found["incident"]));
        Assert.Equal(found, await Retention.TrimAsync(site, options, later, remove: true, Ct));
        Assert.Equal(0, (await Retention.TrimAsync(site, options, later, remove: true, Ct)).Values.Sum());
        using var output = new MemoryStream();
        var counts = await StorageExport.WriteAsync(site, output, Now, null, Ct);
        Assert.Equal((2, 1, 2), (counts["evidence"], counts["incident"], counts["grain_state"]));
    }

    /// <summary>Does that while a grain writes its state again and again.</summary>
    private static async Task<BackupManifest> WhileWritingAsync(DatabaseUnderTest database, Func<Task<BackupManifest>> backUp)
    {
        var (storage, _) = await database.GrainsAsync();
        using var stop = new CancellationTokenSource();
        var state = new GrainState<int>(0);
        await storage.WriteStateAsync("s", GrainId.Create("dataset", "busy"), state);
        var writing = Task.Run(
            async () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    state.State++;
                    await storage.WriteStateAsync("s", GrainId.Create("dataset", "busy"), state);
                }
            },
            Ct);
        try
        {
            return await backUp();
        }
        finally
        {
            await stop.CancelAsync();
            await writing;
        }
    }

    private static string[] Mutated(string[] lines, Random random)
    {
        var bytes = Encoding.UTF8.GetBytes(string.Join('\n', lines));
        // Structure, not content: what is inside a title may be anything.
        var places = Enumerable.Range(0, bytes.Length).Where(i => bytes[i] is (byte)'{' or (byte)'}' or (byte)':' or (byte)'\n').ToList();
        bytes[places[random.Next(places.Count)]] = (byte)'x';
        return Encoding.UTF8.GetString(bytes).Split('\n');
    }

    private static async Task<string[]> ExportAsync(DatabaseUnderTest database, string path)
    {
        await using (var file = File.Create(path))
        {
            await StorageExport.WriteAsync(database.Site(), file, Now, null, Ct);
        }

        return await File.ReadAllLinesAsync(path, Ct);
    }

    private static IEnumerable<string> Rows(IEnumerable<string> lines) => lines.Where(l => l.Contains("\"table\"", StringComparison.Ordinal));

    private static async Task FillAsync(DatabaseUnderTest database)
    {
        var (storage, reminders) = await database.GrainsAsync();
        await storage.WriteStateAsync("s", GrainId.Create("dataset", "abc"), new GrainState<Dictionary<string, int>>(new() { ["number"] = 7 }));
        await storage.WriteStateAsync("t", GrainId.Create("node", "é"), new GrainState<string>("text with \" and \u2028 \u0001"));
        await reminders.UpsertAsync(new("node/é", "wake", 5, DateTimeOffset.UnixEpoch, TimeSpan.FromMinutes(5), ""), Ct);
        using (var log = database.Evidence())
        {
            await log.StartAsync(Ct);
            await log.AppendAsync([new Entry(DateTimeOffset.UnixEpoch, "audit", "d", "n", "missing", "{}"), new Entry(DateTimeOffset.UnixEpoch, "state", null, null, "up", "{\"a\":\"ü\"}")], Ct);
            await log.StopAsync(Ct);
        }

        using var catalogue = database.Catalogue(new CatalogueEvents());
        await catalogue.StartAsync(Ct);
        var work = new RepairRow(CatalogueFixture.Id(1), "n1", "replicate", 1, "moving", ["n2"], 0, 0.5, 1, 10, 100, DateTimeOffset.UnixEpoch, 1, null, null);
        var incident = new IncidentRow("i1", 1, "disk-loss", "n1", "m1", DateTimeOffset.UnixEpoch, null, null, 4, 5, "gone");
        CatalogueChange[] changes =
        [
            CatalogueFixture.Change(CatalogueFixture.Dataset(1, notes: "a flagellar motor", risk: 1.5e-7), CatalogueFixture.Replica("n1"), CatalogueFixture.Replica("n2", "missing")),
            new NodeChanged(new NodeRow("n1", 3, "m1", "main", "US", "up", DateTimeOffset.UnixEpoch, null, null, 5, null, 1, 2, null, "http://127.0.0.1:1", null)),
            new MemberChanged(new MemberRow("m1", 1, "Caltech", "US", "active", null, null)),
            new PublisherChanged(new PublisherRow("F1", 1, null, 2, DateTimeOffset.UnixEpoch)),
            new RepairChanged(work), new RepairChanged(work with { Node = "n3", Phase = "done" }),
            new IncidentChanged(incident), new IncidentChanged(incident with { Id = "i2", HealedAt = DateTimeOffset.UnixEpoch }),
            new StoryAdded(new StoryRow(CatalogueFixture.Id(1), 1, DateTimeOffset.UnixEpoch, "note", "line", null)),
            new ObservationAdded(new ObservationRow("n1", DateTimeOffset.UnixEpoch, "probe", "", "up", "{}")),
            new ObservationAdded(new ObservationRow("n1", DateTimeOffset.UnixEpoch.AddDays(1), "probe", "", "up", "{}")),
        ];
        foreach (var change in changes)
        {
            await catalogue.WriteAsync(change, Ct);
        }

        await catalogue.FlushAsync(Ct);
        await catalogue.StopAsync(Ct);
    }

    private sealed class Steps(Action first) : IProgress<TransferProgress>
    {
        public List<TransferProgress> Told { get; } = [];

        public void Report(TransferProgress value)
        {
            Told.Add(value);
            first();
        }
    }
}
