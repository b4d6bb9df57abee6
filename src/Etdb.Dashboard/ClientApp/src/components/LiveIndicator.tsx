import { useHealth } from '../api/queries';
import { formatClock } from '../format/time';
import { useLink } from '../live/LiveProvider';

/** When what is shown was last known to be true. */
export function useAsOf(): number | null {
  const link = useLink();
  const { dataUpdatedAt } = useHealth();
  const latest = Math.max(link.heardAt ?? 0, dataUpdatedAt);
  return latest > 0 ? latest : null;
}

/** Says whether the figures on the page are live. */
export function LiveIndicator() {
  const link = useLink();
  const asOf = useAsOf();
  const kind = link.kind;
  const text = {
    live: 'Live',
    connecting: 'Connecting …',
    reconnecting: 'Reconnecting …',
    stale: asOf === null ? 'No connection' : <>Stale<span className="live-since"> since {formatClock(asOf)}</span></>,
  }[kind];
  return (
    <span className={`live live-${link.kind}`} role="status" data-testid="live-indicator" data-state={link.kind}>
      <span className="live-dot" aria-hidden="true" />
      {text}
    </span>
  );
}

/** Above every page while its figures may be old. */
export function StaleBanner() {
  const link = useLink();
  const asOf = useAsOf();
  if (link.kind === 'live' || link.kind === 'connecting') return null;
  return (
    <div className="stale-banner" data-testid="stale-banner">
      <strong>{link.kind === 'stale' ? 'Not live.' : 'The live feed was interrupted.'}</strong>{' '}
      {asOf === null
        ? 'The server has not answered yet; trying again by itself.'
        : `What you see was known at ${formatClock(asOf)} and may have changed. Trying again by itself.`}
    </div>
  );
}
