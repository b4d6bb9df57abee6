namespace Orleans;

/// <summary>Marks attributes by which the runtime, not the container, fills a grain's constructor parameter.</summary>
public interface IFacetMetadata;
