using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Etdb.Simulation.Tests")]
[assembly: InternalsVisibleTo("Etdb.Grains.Tests")]
