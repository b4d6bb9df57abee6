using Etdb.Ipfs.Car;
using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;
using Etdb.Ipfs.Import;
using Etdb.Ipfs.UnixFs;

namespace Etdb.Ipfs.Tests.Car;

public sealed class CarTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_header_is_written_as_go_car_writes_it()
    {
        // ipld.io/specs/transport/car/carv1: map of roots and version, tag 42, leading zero.
        var cid = Cid.Parse("bafyreihyrpefhacm6kkp4ql6j6udakdit7g3dmkzfriqfykhjw6cad5lrm");
        Assert.Equal(
            "3aa265726f6f747381d82a58250001711220f88bc853804cf294fe417e4fa83028689fcdb1b1592c5102e1474dbc200fab8b6776657273696f6e01",
            Convert.ToHexStringLower(CarHeader.EncodeV1([cid])));
        Assert.Equal(cid, Assert.Single(CarHeader.Decode(CarHeader.EncodeV1([cid]).AsMemory(1)).Roots));
    }

    [Theory]
    [InlineData(false, "unixfs-v0-2015")]
    [InlineData(true, "unixfs-v0-2015")]
    [InlineData(true, "unixfs-v1-2025")]
    public async Task A_packed_folder_is_complete_and_every_block_is_found(bool withIndex, string profile)
    {
        var car = await PackAsync(withIndex, profile);
        var verdict = await VerifyAsync(car);
        Assert.True(verdict.IsComplete, verdict.Error);
        Assert.Equal(withIndex ? 2 : 1, verdict.Version);
        using var file = await CarFile.OpenAsync(car, default);
        var steps = await DagWalker.WalkAsync(file, file.Header.Roots[0], new DagLimits(), default).ToListAsync();
        Assert.All(steps, step => Assert.Null(step.Problem));
        Assert.Equal(verdict.Blocks, steps.Count);
        Assert.Equal(verdict.Blocks, file.Count);
    }

    [Fact]
    public async Task Packing_twice_gives_the_same_bytes_and_no_part_file_stays()
    {
        var first = await File.ReadAllBytesAsync(await PackAsync(true, "unixfs-v0-2015"), TestContext.Current.CancellationToken);
        var second = await File.ReadAllBytesAsync(await PackAsync(true, "unixfs-v0-2015"), TestContext.Current.CancellationToken);
        Assert.Equal(first, second);
        Assert.Empty(Directory.GetFiles(_folder.Path, "*.part"));
    }

    [Fact]
    public async Task A_single_raw_chunk_under_profile_0_has_its_own_header_length()
    {
        var path = _folder.Write("one.bin", 100);
        var options = new ImportOptions { Profile = ImportProfile.V0Of2015 with { RawLeaves = true } };
        var done = await CarPacker.PackAsync(path, _folder["one.car"], options, false, default);
        Assert.Equal(1, done.Cid.Version);
        Assert.True((await VerifyAsync(_folder["one.car"])).IsComplete);
    }

    [Fact]
    public async Task A_folder_is_not_packed_into_itself()
    {
        _folder.Write("tree/a", 10);
        var problem = await Assert.ThrowsAsync<ImportException>(() => CarPacker.PackAsync(_folder["tree"], _folder["tree/x.car"], new ImportOptions(), false, default));
        Assert.Equal(ImportProblem.OutputInside, problem.Problem);
    }

    [Fact]
    public async Task A_flipped_bit_a_lost_block_and_a_cut_are_all_seen()
    {
        var path = await PackAsync(false, "unixfs-v1-2025");
        var whole = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        var sections = new List<CarSection>();
        var reader = await CarReader.OpenAsync(new MemoryStream(whole), true, default);
        while (await reader.ReadAsync(default) is { } section)
        {
            sections.Add(section);
        }

        var victim = sections.First(section => section.Block.Cid.Codec == Multicodec.Raw);
        var flipped = whole.ToArray();
        flipped[victim.Offset + victim.Length - 1] ^= 1;
        var bad = await CarVerifier.VerifyAsync(new MemoryStream(flipped), default);
        Assert.Equal((victim.Block.Cid, DagProblem.Corrupt), (Assert.Single(bad.Bad).Cid, bad.Bad[0].Problem));
        Assert.Equal(victim.Block.Cid, Assert.Single(bad.Missing));

        byte[] without = [.. whole[..(int)victim.Offset], .. whole[(int)(victim.Offset + victim.Length)..]];
        var lost = await CarVerifier.VerifyAsync(new MemoryStream(without), default);
        Assert.True(lost.IsValid);
        Assert.False(lost.IsComplete);
        Assert.Equal(victim.Block.Cid, Assert.Single(lost.Missing));

        var cut = await CarVerifier.VerifyAsync(new MemoryStream(whole[..^10]), default);
        Assert.Contains("ends inside", cut.Error);
        Assert.False(cut.IsValid);
    }

    [Fact]
    public async Task How_a_stream_cuts_its_answers_does_not_matter()
    {
        var whole = await File.ReadAllBytesAsync(await PackAsync(true, "unixfs-v0-2015"), TestContext.Current.CancellationToken);
        var verdict = await CarVerifier.VerifyAsync(new DribblingStream(whole, 7), default);
        Assert.True(verdict.IsComplete, verdict.Error);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("00", "0 bytes")]
    [InlineData("ffffffff7f", "possible")]
    [InlineData("0aa16776657273696f6e03", "version 3")]
    [InlineData("0aa16776657273696f6e02", "ends inside")]
    [InlineData("11a265726f6f7473806776657273696f6e01ffffffff7f", "possible")]
    [InlineData("11a265726f6f7473806776657273696f6e010501020304", "ends inside")]
    [InlineData("11a265726f6f7473806776657273696f6e01040155", "ends inside")]
    [InlineData("11a265726f6f7473806776657273696f6e010401550002", "CID")]
    public async Task Broken_files_are_named(string hex, string why)
    {
        var verdict = await CarVerifier.VerifyAsync(new MemoryStream(Convert.FromHexString(hex)), default);
        Assert.Contains(why, verdict.Error);
    }

    [Fact]
    public async Task A_wrong_index_finds_nothing_instead_of_something_else()
    {
        var path = await PackAsync(true, "unixfs-v1-2025");
        var bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        var reader = await CarReader.OpenAsync(new MemoryStream(bytes), false, default);
        var first = (await reader.ReadAsync(default))!.Value.Block.Cid;
        for (var at = (int)reader.IndexOffset!.Value + 30 + 32; at + 8 <= bytes.Length; at += 40)
        {
            bytes[at] ^= 0x01;
        }

        await File.WriteAllBytesAsync(path, bytes, TestContext.Current.CancellationToken);
        using var file = await CarFile.OpenAsync(path, default);
        Assert.Null(await file.GetAsync(first, default));
    }

    [Fact]
    public void An_index_of_either_form_is_read()
    {
        var cid = Cid.Of("a"u8, Multicodec.Raw, 1);
        var digest = Convert.ToHexStringLower(cid.Hash.Digest);
        var bucket = "28000000" + "2800000000000000" + digest + "3b00000000000000";
        Assert.True(CarIndex.Parse(Convert.FromHexString("8008" + "01000000" + bucket)).TryFind(cid.Hash, out var old));
        Assert.True(CarIndex.Parse(Convert.FromHexString("8108" + "01000000" + "1200000000000000" + "01000000" + bucket)).TryFind(cid.Hash, out var current));
        Assert.Equal((59, 59), (old, current));
        var index = new CarIndex();
        index.Add(cid.Hash, 59);
        var to = new MemoryStream();
        index.WriteTo(to);
        Assert.Equal("8108" + "01000000" + "1200000000000000" + "01000000" + bucket, Convert.ToHexStringLower(to.ToArray()));
    }

    [Fact]
    public async Task Mutated_files_and_indexes_are_read_or_refused_and_nothing_else()
    {
        _folder.Write("tree/a", 300);
        _folder.Write("tree/b", 10);
        var options = new ImportOptions { Profile = ImportProfile.V1Of2025 with { ChunkBytes = 64, FileLinks = 3 } };
        await CarPacker.PackAsync(_folder["tree"], _folder["f.car"], options, true, default);
        var car = await File.ReadAllBytesAsync(_folder["f.car"], TestContext.Current.CancellationToken);
        var indexAt = (int)(await CarReader.OpenAsync(new MemoryStream(car), false, default)).IndexOffset!.Value;
        var v1 = car[CarHeader.V2PrefixBytes..indexAt];
        Fuzzer.Run(1, 5_000, [car, v1], bytes => CarVerifier.VerifyAsync(new MemoryStream(bytes), default).GetAwaiter().GetResult());
        Fuzzer.Run(2, 20_000, [car[indexAt..]], bytes => CarIndex.Parse(bytes), typeof(FormatException));
        Fuzzer.Run(3, 20_000, [CarHeader.EncodeV1([Cid.Of("a"u8, Multicodec.Raw, 1)])[1..]], bytes => CarHeader.Decode(bytes), typeof(FormatException));
    }

    private async Task<string> PackAsync(bool withIndex, string profile)
    {
        _folder.Write("tree/large.bin", 3_000_000);
        _folder.Write("tree/small.txt", 10, 2);
        _folder.Write("tree/sub/empty", 0);
        _folder.Write("tree/sub/copy.txt", 10, 2);
        var options = new ImportOptions { Profile = ImportProfile.ByName(profile)! };
        await CarPacker.PackAsync(_folder["tree"], _folder["tree.car"], options, withIndex, TestContext.Current.CancellationToken);
        return _folder["tree.car"];
    }

    private static async Task<CarVerdict> VerifyAsync(string path)
    {
        await using var stream = File.OpenRead(path);
        return await CarVerifier.VerifyAsync(stream, default);
    }

    private sealed class DribblingStream(byte[] bytes, int step) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, step)], cancellationToken);
    }
}
