import type { QueryClient } from '@tanstack/react-query';
import { keys, type HealthSample } from '../api/queries';
import type { ArchiveNode, DatasetSummary, DemoProgress, Health, Incident, Page, Repair, StoryEvent } from '../api/types';
import type { StreamEvent } from './eventStream';
import { appendActivity, appendSample, applyRepair, patchDatasets, upsertById } from './reducers';
import { Throttle } from './throttle';

const rereadMs = 1_500;
const listRereadMs = 4_000;

/** Carries the live feed into the query cache. What an event does not fully say is read again, at a limited rate. */
export class LiveCache {
  private readonly reread: Throttle;

  constructor(private readonly client: QueryClient) {
    this.reread = new Throttle((key) => void client.invalidateQueries({ queryKey: key }));
  }

  dispose(): void {
    this.reread.dispose();
  }

  apply(events: readonly StreamEvent[]): void {
    const datasets = new Map<string, DatasetSummary>();
    const stories: StoryEvent[] = [];
    for (const event of events) {
      const data = parse(event.data);
      if (data === undefined) continue;
      if (event.type === 'dataset') datasets.set((data as DatasetSummary).id, data as DatasetSummary);
      else if (event.type === 'story') stories.push(data as StoryEvent);
      else this.applyOne(event.type, data);
    }
    if (datasets.size > 0) this.applyDatasets(datasets);
    if (stories.length > 0) this.applyStories(stories);
  }

  private applyOne(type: string, data: unknown): void {
    switch (type) {
      case 'hello':
        if ((data as { resync?: boolean }).resync) this.resync();
        return;
      case 'health':
        this.client.setQueryData<Health>(keys.health, data as Health);
        this.rereadIfReading(keys.health);
        this.client.setQueryData<HealthSample[]>(keys.history, (samples = []) => appendSample(samples, data as Health));
        return;
      case 'node':
        this.patch<Page<ArchiveNode>>(keys.nodes, (page) => ({ ...page, items: upsertById(page.items, data as ArchiveNode) }));
        this.reread.request(keys.members, rereadMs);
        this.reread.request(keys.demo, rereadMs);
        return;
      case 'repair':
        this.patch<Page<Repair>>(keys.repairs, (page) => applyRepair(page, data as Repair));
        return;
      case 'incident':
        this.patch<Page<Incident>>(keys.incidents, (page) => ({ ...page, items: upsertById(page.items, data as Incident) }));
        return;
      case 'demo':
        this.client.setQueryData<DemoProgress>(keys.demoProgress, data as DemoProgress);
        this.reread.request(keys.demo, rereadMs);
    }
  }

  private applyDatasets(changed: ReadonlyMap<string, DatasetSummary>): void {
    for (const [key, page] of this.client.getQueriesData<Page<DatasetSummary>>({ queryKey: keys.datasets })) {
      if (page) this.client.setQueryData(key, patchDatasets(page, changed));
    }
    // What nodes and members hold, and what brakes repairs, changes with the datasets without an event of its own.
    for (const key of [keys.datasets, keys.nodes, keys.members, keys.cluster]) this.reread.request(key, listRereadMs);
    for (const id of changed.keys()) this.rereadDataset(id);
  }

  private applyStories(stories: readonly StoryEvent[]): void {
    this.client.setQueryData<StoryEvent[]>(keys.activity, (entries = []) => appendActivity(entries, stories));
    for (const story of stories) this.rereadDataset(story.dataset);
  }

  private rereadDataset(id: string): void {
    if (!this.client.getQueryState(keys.dataset(id))) return;
    for (const key of [keys.dataset(id), keys.why(id), ['story', id]]) this.reread.request(key, rereadMs);
  }

  /** The feed has a gap: everything shown is read again. */
  private resync(): void {
    void this.client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== 'live' });
  }

  /** An answer that is on its way may be older than the event, and would undo it. */
  private rereadIfReading(key: readonly unknown[]): void {
    if (this.client.getQueryState(key)?.fetchStatus === 'fetching') this.reread.request(key, rereadMs);
  }

  private patch<T>(key: readonly unknown[], change: (value: T) => T): void {
    this.client.setQueryData<T>(key, (value) => (value === undefined ? undefined : change(value)));
    this.rereadIfReading(key);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // one unreadable event does not end the feed; the next resync repairs what it meant
  }
}
