import { formatAbsolute, formatRelative } from '../format/time';
import { useNow } from './now';

/** Relative time; the absolute one is its tooltip, or follows when `both` is set. */
export function TimeAgo({ at, both = false, missing = 'never' }: { at: string | number | null | undefined; both?: boolean; missing?: string }) {
  const now = useNow();
  if (at === null || at === undefined) return <span className="unknown">{missing}</span>;
  const absolute = formatAbsolute(at);
  return (
    <time dateTime={new Date(at).toISOString()} title={absolute}>
      {formatRelative(at, now)}
      {both && <span className="soft"> · {absolute}</span>}
    </time>
  );
}
