import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keys } from '../api/queries';
import type { DatasetSummary, Health, Page, Repair, StoryEvent } from '../api/types';
import { LiveCache } from './apply';
import { LiveConnection, type LinkState } from './connection';
import { EventStreamParser, type StreamEvent } from './eventStream';
import { activityLimit, appendActivity, appendSample, applyRepair, noticeOf, patchDatasets, upsertById } from './reducers';

const repair = (part: Partial<Repair>): Repair => ({
  dataset: 'd', title: 't', kind: 'heal', node: 'n1', sources: [], phase: 'moving', level: 0, risk: null, progress: null, since: '2026-01-01T00:00:00Z',
  attempts: 1, cause: null, nextAt: null, ...part,
});
const summary = (id: string, title: string): DatasetSummary => ({
  id, title, publisher: 'F', publisherAlias: null, species: null, bytes: null, root: 'Qm', state: 'healthy', target: 3, healthyReplicas: 3,
  retrievableReplicas: 3, simulated: false, thumbnail: null, version: 1, updatedAt: '2026-01-01T00:00:00Z',
});
const health = (at: string, verified: number): Health => ({
  at, datasets: { total: 1, healthy: 1, degraded: 0, endangered: 0, lost: 0, pending: 0 },
  replicas: { assigned: 1, claimed: 0, verified, suspect: 0, missing: 2, corrupt: 0, unreachable: 0 },
  bytes: { logical: 1, stored: 1 }, risk: { expectedLossesPerYear: null }, matrix: [], verifiedAge: [],
});
const event = (type: string, data: unknown, id: string | null = null): StreamEvent => ({ id, type, data: JSON.stringify(data) });

describe('event stream parser', () => {
  const text = '\ufeffid: 7\r\nevent: health\r\ndata: {"a":\r\ndata: 1}\r\n\r\n: heartbeat\n\nid:8\ndata: x\n\nretry: 10\nevent: lost\n\n';
  const expected = [{ id: '7', type: 'health', data: '{"a":\n1}' }, { id: '8', type: 'message', data: 'x' }];

  it('reads the same events however the bytes are cut', () => {
    for (let size = 1; size <= text.length; size++) {
      const events: StreamEvent[] = [];
      const parser = new EventStreamParser((found) => events.push(found));
      for (let i = 0; i < text.length; i += size) parser.push(text.slice(i, i + size));
      expect(events, `pieces of ${size}`).toEqual(expected);
    }
  });

  it('does not keep an endless line', () => {
    const parser = new EventStreamParser(() => {});
    expect(() => {
      for (let i = 0; i < 10; i++) parser.push('x'.repeat(1024 * 1024));
    }).toThrow(/4 MiB/);
  });
});

describe('reducers', () => {
  it('puts a known element in its place and a new one in front', () => {
    expect(upsertById([{ id: 'a', v: 1 }, { id: 'b', v: 1 }], { id: 'b', v: 2 })).toEqual([{ id: 'a', v: 1 }, { id: 'b', v: 2 }]);
    expect(upsertById([{ id: 'a' }], { id: 'c' }).map(({ id }) => id)).toEqual(['c', 'a']);
  });

  it('adds, changes and ends repairs, and keeps the total', () => {
    const empty: Page<Repair> = { items: [], next: null, total: 0 };
    const one = applyRepair(empty, repair({}));
    expect(one.total).toBe(1);
    const two = applyRepair(one, repair({ node: 'n2' }));
    const changed = applyRepair(two, repair({ phase: 'verifying' }));
    expect(changed.items.map(({ phase }) => phase)).toEqual(['verifying', 'moving']);
    const ended = applyRepair(changed, repair({ phase: 'done' }));
    expect(ended).toMatchObject({ total: 1, items: [{ node: 'n2' }] });
    expect(applyRepair(ended, repair({ phase: 'failed' }))).toBe(ended);
  });

  it('changes only the rows that are on the page', () => {
    const page: Page<DatasetSummary> = { items: [summary('a', 'old')], next: null, total: 9 };
    expect(patchDatasets(page, new Map([['zz', summary('zz', 'other')]]))).toBe(page);
    expect(patchDatasets(page, new Map([['a', summary('a', 'new')]])).items[0]!.title).toBe('new');
    const named: Page<DatasetSummary> = { items: [{ ...summary('a', 'old'), publisherAlias: 'Lab' }], next: null };
    expect(patchDatasets(named, new Map([['a', summary('a', 'new')]])).items[0]!.publisherAlias, 'events do not carry the alias').toBe('Lab');
  });

  it('keeps the newest activity first, within its limit', () => {
    const story = (i: number): StoryEvent => ({ dataset: 'd', title: 't', at: '', kind: 'note', text: String(i), node: null });
    const entries = appendActivity(Array.from({ length: activityLimit }, (_, i) => story(i)), [story(100), story(101)]);
    expect(entries).toHaveLength(activityLimit);
    expect(entries.slice(0, 2).map(({ text }) => text)).toEqual(['101', '100']);
  });

  it('samples health once for each time and never runs backwards', () => {
    const first = appendSample([], health('2026-01-01T00:00:02Z', 5));
    expect(first).toEqual([{ at: Date.UTC(2026, 0, 1, 0, 0, 2), verified: 5, notVerified: 3 }]);
    expect(appendSample(first, health('2026-01-01T00:00:02Z', 6))).toHaveLength(1);
    expect(appendSample(first, health('2026-01-01T00:00:01Z', 9))).toEqual(first);
  });

  it('announces a change of state, not of figures', () => {
    expect(noticeOf(null, { tone: 'good', sentence: 's' })).toBeNull();
    expect(noticeOf({ tone: 'good', sentence: 'a' }, { tone: 'good', sentence: 'b' })).toBeNull();
    expect(noticeOf({ tone: 'good', sentence: 'a' }, { tone: 'serious', sentence: 'b' })).toBe('b');
  });
});

describe('live cache', () => {
  it('carries events into the queries that are shown', () => {
    const client = new QueryClient();
    const cache = new LiveCache(client);
    client.setQueryData(keys.repairs, { items: [], next: null, total: 0 });
    cache.apply([event('health', health('2026-01-01T00:00:00Z', 4)), event('repair', repair({})), { id: null, type: 'health', data: '{' }]);
    expect(client.getQueryData<Health>(keys.health)?.replicas.verified).toBe(4);
    expect(client.getQueryData<Page<Repair>>(keys.repairs)?.items).toHaveLength(1);
    cache.dispose();
  });

  it('asks again when an event overtakes an answer that is on its way', async () => {
    const client = new QueryClient();
    const cache = new LiveCache(client);
    const answers = [health('2026-01-01T00:00:00Z', 1), health('2026-01-01T00:00:02Z', 3)];
    const asked = vi.fn(() => new Promise<Health>((resolve) => setTimeout(() => resolve(answers.shift()!), 5)));
    const observer = new QueryObserver(client, { queryKey: keys.health, queryFn: asked });
    const stop = observer.subscribe(() => {});
    cache.apply([event('health', health('2026-01-01T00:00:01Z', 2))]);
    await vi.waitFor(() => expect(client.getQueryData<Health>(keys.health)?.replicas.verified).toBe(3));
    expect(asked).toHaveBeenCalledTimes(2);
    stop();
    cache.dispose();
  });

  it('reads again what nodes hold when a dataset changed', () => {
    const client = new QueryClient();
    const cache = new LiveCache(client);
    client.setQueryData(keys.nodes, { items: [], next: null });
    client.setQueryData(keys.incidents, { items: [], next: null });
    cache.apply([event('dataset', summary('a', 'new'))]);
    expect(client.getQueryState(keys.nodes)?.isInvalidated).toBe(true);
    expect(client.getQueryState(keys.incidents)?.isInvalidated).toBe(false);
    cache.dispose();
  });

  it('reads everything again after a gap, but keeps what only the feed knows', () => {
    const client = new QueryClient();
    const cache = new LiveCache(client);
    client.setQueryData(keys.nodes, { items: [], next: null });
    client.setQueryData(keys.activity, []);
    cache.apply([event('hello', { resync: false })]);
    expect(client.getQueryState(keys.nodes)?.isInvalidated).toBe(false);
    cache.apply([event('hello', { resync: true })]);
    expect(client.getQueryState(keys.nodes)?.isInvalidated).toBe(true);
    expect(client.getQueryState(keys.activity)?.isInvalidated).toBe(false);
    cache.dispose();
  });
});

describe('live connection', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** A feed that the test writes to. */
  function feed() {
    const requests: (string | null)[] = [];
    let controller: ReadableStreamDefaultController<Uint8Array> | null = null;
    let refuse = false;
    const fetch = (_: unknown, init?: RequestInit): Promise<Response> => {
      requests.push(new Headers(init?.headers).get('Last-Event-ID'));
      if (refuse) return Promise.reject(new TypeError('refused'));
      const body = new ReadableStream<Uint8Array>({
        start: (opened) => {
          controller = opened;
          init?.signal?.addEventListener('abort', () => {
            if (controller === opened) controller = null;
            try { opened.error(new DOMException('aborted', 'AbortError')); } catch { /* closed already */ }
          });
        },
      });
      return Promise.resolve(new Response(body, { headers: { 'Content-Type': 'text/event-stream' } }));
    };
    return {
      requests,
      fetch: fetch as typeof globalThis.fetch,
      send: (text: string) => controller!.enqueue(new TextEncoder().encode(text)),
      cut: () => controller!.close(),
      refuse: () => { refuse = true; },
      accept: () => { refuse = false; },
    };
  }

  function start() {
    const server = feed();
    const states: LinkState[] = [];
    const events: StreamEvent[] = [];
    const connection = new LiveConnection({ url: '/events', fetch: server.fetch, onState: (state) => states.push(state), onEvents: (found) => events.push(...found) });
    connection.start();
    return { server, connection, events, kinds: () => states.map(({ kind }) => kind), states };
  }

  it('is live only after the server has said something, and goes on after the last event', async () => {
    const { server, connection, events, kinds } = start();
    await vi.advanceTimersByTimeAsync(10);
    expect(kinds()).toEqual([]);
    server.send('id: 41\nevent: hello\ndata: {}\n\n');
    await vi.advanceTimersByTimeAsync(200);
    expect(kinds()).toEqual(['live']);
    expect(events).toHaveLength(1);
    server.cut();
    await vi.advanceTimersByTimeAsync(1500);
    expect(server.requests).toEqual([null, '41']);
    expect(kinds()).toEqual(['live', 'reconnecting']);
    connection.close();
  });

  it('calls the figures stale when it cannot reconnect, and live again when it can', async () => {
    const { server, connection, kinds, states } = start();
    await vi.advanceTimersByTimeAsync(10);
    server.send(':\n\n');
    await vi.advanceTimersByTimeAsync(10);
    const heard = states.at(-1)!.heardAt;
    server.refuse();
    server.cut();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(kinds()).toEqual(['live', 'reconnecting', 'stale']);
    expect(states.at(-1)!.heardAt).toBe(heard);
    server.accept();
    await vi.advanceTimersByTimeAsync(30_000);
    server.send(':\n\n');
    await vi.advanceTimersByTimeAsync(10);
    expect(kinds().at(-1)).toBe('live');
    connection.close();
  });

  it('notices a connection that has gone silent', async () => {
    const { server, connection, kinds } = start();
    await vi.advanceTimersByTimeAsync(10);
    server.send(':\n\n');
    await vi.advanceTimersByTimeAsync(34_000);
    expect(kinds()).toEqual(['live']);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(kinds()).toEqual(['live', 'reconnecting']);
    expect(server.requests.length).toBeGreaterThanOrEqual(1);
    connection.close();
  });
});
