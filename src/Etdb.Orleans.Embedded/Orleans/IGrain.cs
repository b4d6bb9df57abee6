using Orleans.Runtime;

namespace Orleans;

/// <summary>Marks an interface whose methods are calls to a grain.</summary>
public interface IGrain : IAddressable;

/// <summary>A grain named by a string.</summary>
public interface IGrainWithStringKey : IGrain;

/// <summary>A grain named by a 64-bit number.</summary>
public interface IGrainWithIntegerKey : IGrain;

/// <summary>A grain named by a GUID.</summary>
public interface IGrainWithGuidKey : IGrain;

/// <summary>A grain named by a 64-bit number and a string.</summary>
public interface IGrainWithIntegerCompoundKey : IGrain;

/// <summary>A grain named by a GUID and a string.</summary>
public interface IGrainWithGuidCompoundKey : IGrain;
