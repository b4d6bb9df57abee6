using System.Globalization;
using System.Text.Json;

namespace Etdb.Storage.Catalogue;

/// <summary>Where a page ended: the sort key and id of its last row, as URL-safe text.</summary>
internal static class CatalogueCursor
{
    public static string Write(DatasetSort sort, DatasetRow last)
    {
        var key = sort switch
        {
            DatasetSort.Updated => last.UpdatedAt.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture),
            DatasetSort.Risk => last.Risk.ToString("R", CultureInfo.InvariantCulture),
            DatasetSort.Bytes => last.Bytes.ToString(CultureInfo.InvariantCulture),
            _ => last.Title,
        };
        return Convert.ToBase64String(JsonSerializer.SerializeToUtf8Bytes(new[] { key, last.Id })).Replace('+', '-').Replace('/', '_').TrimEnd('=');
    }

    /// <exception cref="FormatException">It was not made by <see cref="Write"/> for this order.</exception>
    public static (object Key, string Id) Read(string cursor, DatasetSort sort)
    {
        try
        {
            var text = cursor.Replace('-', '+').Replace('_', '/');
            var parts = JsonSerializer.Deserialize<string[]>(Convert.FromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '=')));
            if (parts is [{ } key, { } id])
            {
                return (sort switch
                {
                    DatasetSort.Updated or DatasetSort.Bytes => long.Parse(key, CultureInfo.InvariantCulture),
                    DatasetSort.Risk => double.Parse(key, CultureInfo.InvariantCulture),
                    _ => (object)key,
                }, id);
            }
        }
        catch (Exception e) when (e is FormatException or JsonException or OverflowException)
        {
            throw new FormatException("The cursor is not one this server gave for this order; start again without it.", e);
        }

        throw new FormatException("The cursor is not one this server gave for this order; start again without it.");
    }
}
