#if ORLEANS_MICROSOFT
using System.Globalization;
using Orleans.Metadata;
using Orleans.Placement;
using Orleans.Runtime;

namespace Etdb.Silo.Hosting;

/// <summary>
/// No grain is carried from one silo to another with its state in hand, as Orleans otherwise does with those that have calls waiting when their silo ends: states are read from the database,
/// by whoever begins, in one form. The calls that wait go on to the new activation all the same.
/// </summary>
internal sealed class GrainsStay : IGrainPropertiesProvider
{
    public void Populate(Type grainClass, GrainType grainType, Dictionary<string, string> properties)
        => properties[WellKnownGrainTypeProperties.Immovable] = ((byte)ImmovableKind.Any).ToString(CultureInfo.InvariantCulture);
}
#endif
