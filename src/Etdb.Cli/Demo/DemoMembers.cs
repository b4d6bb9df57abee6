namespace Etdb.Cli.Demo;

/// <summary>The institutions of the demo. They are invented, and say so.</summary>
internal static class DemoMembers
{
    public const int Most = 20;

    /// <summary>The lab that publishes; it keeps nothing for others.</summary>
    public const string LabName = "Demo Lab";

    private static readonly (string Name, string Country)[] Places =
    [
        ("Demo University Library, Leiden", "NL"), ("Demo National Archive, Bern", "CH"), ("Demo Institute Repository, Pasadena", "US"), ("Demo State Library, Melbourne", "AU"),
        ("Demo Data Centre, Helsinki", "FI"), ("Demo University Library, Kyoto", "JP"), ("Demo Research Library, São Paulo", "BR"), ("Demo Academy Archive, Prague", "CZ"),
        ("Demo Science Library, Cape Town", "ZA"), ("Demo Polytechnic Repository, Turin", "IT"),
    ];

    public static IReadOnlyList<DemoMember> First(int count) =>
    [
        .. Enumerable.Range(0, count).Select(i =>
        {
            var (name, country) = Places[i % Places.Length];
            var round = i / Places.Length;
            return new DemoMember($"m{i + 1}", $"n{i + 1}", round == 0 ? name : $"{name} {round + 1}", country);
        }),
    ];
}

/// <summary>A member with its one node.</summary>
internal sealed record DemoMember(string Id, string Node, string Name, string Country);
