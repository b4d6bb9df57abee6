/** What is shown where nobody has measured a value. Never 0. */
export const notMeasured = 'not measured';

const wholeNumber = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });
const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'];

export function formatCount(value: number | null | undefined): string {
  return known(value) ? wholeNumber.format(value) : notMeasured;
}

/** Decimal units (1 kB = 1000 B), three significant digits. */
export function formatBytes(value: number | null | undefined): string {
  if (!known(value)) return notMeasured;
  let scaled = Math.abs(value);
  let unit = 0;
  while (scaled >= 999.5 && unit < byteUnits.length - 1) {
    scaled /= 1000;
    unit++;
  }
  const digits = unit === 0 || scaled >= 99.95 ? 0 : scaled >= 9.995 ? 1 : 2;
  return `${value < 0 ? '−' : ''}${scaled.toFixed(digits)}\u00a0${byteUnits[unit]}`;
}

/** Whole per cent, but never "100%" or "0%" for what only rounds to it. */
export function formatShare(part: number | null | undefined, whole: number | null | undefined): string {
  if (!known(part) || !known(whole) || whole <= 0) return notMeasured;
  const percent = (part / whole) * 100;
  if (percent > 0 && percent < 1) return '< 1%';
  if (percent > 99 && percent < 100) return '> 99%';
  return `${Math.round(percent)}%`;
}

/** A small expectation such as 0.0003 a year; "below 0.000001" instead of a false zero. */
export function formatExpectation(value: number | null | undefined): string {
  if (!known(value)) return notMeasured;
  if (value === 0) return '0';
  if (value < 1e-6) return '< 0.000001';
  return value.toLocaleString('en-GB', { maximumSignificantDigits: 2 });
}

/** "about one in 3,300 years", for people who do not think in 0.0003. */
export function explainExpectation(perYear: number | null | undefined): string | null {
  if (!known(perYear) || perYear <= 0) return null;
  if (perYear >= 1) return `about ${formatExpectation(perYear)} datasets a year`;
  const years = 1 / perYear;
  if (years > 1e6) return 'less than one in a million years';
  return `about one in ${Number(years.toPrecision(2)).toLocaleString('en-GB')} years`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

export function known(value: number | null | undefined): value is number {
  return value !== null && value !== undefined && Number.isFinite(value);
}

/** "7 copies": everything a node holds or should hold; null where nobody knows. */
export function replicaCount(replicas: Record<string, number> | undefined): string | null {
  if (!replicas) return null;
  return plural(Object.values(replicas).reduce((sum, count) => sum + count, 0), 'copy', 'copies');
}

/** ISO 3166 keeps XX for "unknown". */
export const countryOf = (code: string | null): string | null => (code && code !== 'XX' ? code : null);
