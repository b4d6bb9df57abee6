import type { HealthSample } from '../api/queries';
import type { DatasetSummary, Health, Page, Repair, StoryEvent } from '../api/types';

export const activityLimit = 60;
export const historyLimit = 900;
export const listGrowthLimit = 500;

/** Replaces the element with the same id, or puts a new one in front. The order of the others stays. */
export function upsertById<T extends { id: string }>(items: readonly T[], item: T): T[] {
  const index = items.findIndex((other) => other.id === item.id);
  if (index < 0) return [item, ...items].slice(0, listGrowthLimit);
  return items.map((other, i) => (i === index ? item : other));
}

const sameRepair = (a: Repair, b: Repair): boolean => a.dataset === b.dataset && a.node === b.node && a.kind === b.kind;
const isOver = (repair: Repair): boolean => repair.phase === 'done' || repair.phase === 'failed';

/** A repair that ended leaves the list; the total follows. */
export function applyRepair(page: Page<Repair>, repair: Repair): Page<Repair> {
  const index = page.items.findIndex((other) => sameRepair(other, repair));
  const total = page.total ?? page.items.length;
  if (isOver(repair)) {
    if (index < 0) return page;
    return { ...page, items: page.items.filter((_, i) => i !== index), total: Math.max(0, total - 1) };
  }
  if (index < 0) return { ...page, items: [...page.items, repair].slice(0, listGrowthLimit), total: total + 1 };
  return { ...page, items: page.items.map((other, i) => (i === index ? repair : other)) };
}

/** An event knows the dataset itself, but not always what lists join to it. */
const merge = (shown: DatasetSummary, changed: DatasetSummary | undefined): DatasetSummary =>
  changed ? { ...changed, publisherAlias: changed.publisherAlias ?? shown.publisherAlias, species: changed.species ?? shown.species } : shown;

/** Changes the rows that are shown; which rows belong on the page is for the server to say. */
export function patchDatasets(page: Page<DatasetSummary>, changed: ReadonlyMap<string, DatasetSummary>): Page<DatasetSummary> {
  if (!page.items.some((item) => changed.has(item.id))) return page;
  return { ...page, items: page.items.map((item) => merge(item, changed.get(item.id))) };
}

export function appendActivity(entries: readonly StoryEvent[], added: readonly StoryEvent[]): StoryEvent[] {
  return [...added].reverse().concat(entries).slice(0, activityLimit);
}

/** One sample a health message; a message that repeats the time of the last one replaces it. */
export function appendSample(samples: readonly HealthSample[], health: Health): HealthSample[] {
  const { verified, ...others } = health.replicas;
  const sample = {
    at: new Date(health.at).getTime(),
    verified,
    notVerified: Object.values(others).reduce((sum, count) => sum + count, 0),
  };
  const last = samples.at(-1);
  if (last && sample.at < last.at) return [...samples];
  const kept = last?.at === sample.at ? samples.slice(0, -1) : samples;
  return [...kept, sample].slice(-historyLimit);
}

export interface NoticeSource {
  sentence: string;
  tone: string;
}

/** What a screen reader is told: only a changed tone, not every figure. */
export function noticeOf(before: NoticeSource | null, after: NoticeSource): string | null {
  return before === null || before.tone === after.tone ? null : after.sentence;
}
