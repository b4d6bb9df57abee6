import { useHistoryState } from 'wouter/use-browser-location';
import { useLocation, useSearch } from 'wouter';
import { searchOf } from '../api/queries';
import type { DatasetQuery, DatasetSummary, Page } from '../api/types';
import { formatCount, plural } from '../format/numbers';

export const pageSize = 50;
export const sorts = [
  { value: 'updated', name: 'Newest first' },
  { value: 'risk', name: 'Most endangered first' },
  { value: 'title', name: 'By title' },
  { value: 'bytes', name: 'Largest first' },
];

const defaultSort = 'updated';
const trailLimit = 10_000;

/** What is searched, read from the address so that it can be bookmarked, shared and walked with Back. */
export function parseSearch(search: string): DatasetQuery {
  const parameters = new URLSearchParams(search);
  const text = (name: string) => parameters.get(name) ?? '';
  const sort = text('sort');
  return {
    q: text('q'), state: text('state'), publisher: text('publisher'), member: text('member'), node: text('node'), species: text('species'),
    sort: sorts.some((known) => known.value === sort) ? sort : defaultSort,
    limit: pageSize,
    cursor: text('cursor'),
  };
}

interface Trail {
  /** Cursors of the pages before this one, the first page being ''. */
  trail: string[];
}

/** The search and the ways to change it. The pages walked through are kept in the browser's history entry. */
export function useDatasetSearch() {
  const [, navigate] = useLocation();
  const query = parseSearch(useSearch());
  const state = useHistoryState<Trail | null>();
  const trail = query.cursor === '' ? [] : (state?.trail ?? null);

  const go = (next: DatasetQuery, options: { replace?: boolean; trail?: string[] } = {}) => {
    const { limit: _, ...shown } = { ...next, sort: next.sort === defaultSort ? '' : next.sort };
    const search = searchOf(shown);
    navigate(search ? `/datasets?${search}` : '/datasets', { replace: options.replace ?? false, state: { trail: options.trail ?? [] } });
  };
  return {
    query,
    /** 1 for the first page; null when the page was opened by its address, so that nobody knows. */
    page: trail === null ? null : trail.length + 1,
    change: (part: Partial<DatasetQuery>, replace = false) => go({ ...query, ...part, cursor: '' }, { replace }),
    next: (cursor: string) => go({ ...query, cursor }, { trail: [...(trail ?? ['']), query.cursor].slice(-trailLimit) }),
    previous: trail !== null && trail.length > 0
      ? () => go({ ...query, cursor: trail.at(-1)! }, { trail: trail.slice(0, -1) })
      : null,
    first: () => go({ ...query, cursor: '' }),
  };
}

/** What the page shows of how many; a total at which counting ended reads "more than". */
export function countText(data: Page<DatasetSummary>, page: number | null): string {
  const more = data.totalIsAtLeast === true ? 'more than ' : '';
  const total = data.total === undefined ? 'datasets' : more + plural(data.total, 'dataset');
  if (page === null || (data.next === null && page === 1)) return page === null ? `${formatCount(data.items.length)} of ${total}` : total;
  const first = (page - 1) * pageSize + 1;
  return `${formatCount(first)} to ${formatCount(first + data.items.length - 1)} of ${total}`;
}
