const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

const absoluteFormat = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', timeZoneName: 'short',
});
const clockFormat = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });

export const formatAbsolute = (at: string | number): string => absoluteFormat.format(new Date(at));
export const formatClock = (at: string | number): string => clockFormat.format(new Date(at));

/** "just now", "12 s ago", "in 3 min". A clock that is a little ahead of ours does not lead to "in 1 s". */
export function formatRelative(at: string | number, now: number): string {
  const seconds = (now - new Date(at).getTime()) / 1000;
  if (!Number.isFinite(seconds)) return 'unknown time';
  if (Math.abs(seconds) < 3) return 'just now';
  const size = coarse(Math.abs(seconds));
  return seconds > 0 ? `${size} ago` : `in ${size}`;
}

function coarse(seconds: number): string {
  if (seconds < minute) return `${Math.floor(seconds)} s`;
  if (seconds < hour) return `${Math.floor(seconds / minute)} min`;
  if (seconds < 2 * day) return `${Math.floor(seconds / hour)} h`;
  if (seconds < 60 * day) return `${Math.floor(seconds / day)} days`;
  if (seconds < 730 * day) return `${Math.floor(seconds / (30 * day))} months`;
  return `${Math.floor(seconds / (365 * day))} years`;
}

/** A measured span: "0.4 s", "12 s", "3 min 5 s", "2 h 10 min", "4 days". */
export function formatSpan(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return 'not measured';
  if (seconds < 10) return `${seconds.toFixed(1)}\u00a0s`;
  if (seconds < minute) return `${Math.round(seconds)}\u00a0s`;
  if (seconds < hour) return pair(seconds, minute, 'min', 1, 's');
  if (seconds < 2 * day) return pair(seconds, hour, 'h', minute, 'min');
  return `${Math.floor(seconds / day)} days`;
}

function pair(seconds: number, large: number, largeName: string, small: number, smallName: string): string {
  const rest = Math.floor((seconds % large) / small);
  const head = `${Math.floor(seconds / large)}\u00a0${largeName}`;
  return rest === 0 ? head : `${head} ${rest}\u00a0${smallName}`;
}
