import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Connect, Plugin } from 'vite';
import type { BreakKind, DatasetSummary, Facet, Facets } from '../src/api/types';
import { MockWorld } from './world.ts';

const heartbeatMs = 15_000;

/**
 * Plays docs/reference/api.md for `npm run dev`; never part of the build. ETDB_MOCK_DATASETS adds that many more healthy datasets.
 */
export function mockApi(): Plugin {
  const mock = new MockServer(Number(process.env.ETDB_MOCK_DATASETS ?? 0));
  const use = (middlewares: Connect.Server) => void middlewares.use((request, response, next) => mock.handle(request, response, next));
  return {
    name: 'etdb-mock',
    configureServer: (server) => use(server.middlewares),
    configurePreviewServer: (server) => use(server.middlewares),
  };
}

class MockServer {
  private readonly listeners = new Set<ServerResponse>();
  private eventId = 0;
  private readonly world: MockWorld;

  constructor(more: number) {
    this.world = new MockWorld((type, data) => this.send(type, data), more);
    setInterval(() => {
      for (const response of this.listeners) response.write(':\n\n');
    }, heartbeatMs).unref();
    setInterval(() => this.send('health', this.world.health()), 2_000).unref();
  }

  handle(request: IncomingMessage, response: ServerResponse, next: () => void): void {
    const url = new URL(request.url ?? '/', 'http://mock');
    if (url.pathname.startsWith('/ipfs/')) return this.content(url.pathname, response);
    if (!url.pathname.startsWith('/api/v1/')) return next();
    const path = url.pathname.slice('/api/v1'.length);
    if (path === '/events') return this.events(response);
    if (path === '/demo/break') return void this.break(request, response);
    const answer = this.answer(path, url.searchParams);
    json(response, answer === undefined ? 404 : 200, answer ?? { title: 'Not found', status: 404, detail: `Nothing at ${path}.` });
  }

  private answer(path: string, query: URLSearchParams): unknown {
    const { world } = this;
    const list = (items: unknown[]) => ({ items, next: null, total: items.length });
    switch (path) {
      case '/cluster': return cluster();
      case '/health': return world.health();
      case '/members': return list(world.memberList());
      case '/nodes': return list(world.nodes.map((node) => world.node(node.id)));
      case '/repairs': return list([...world.repairs.values()]);
      case '/incidents': return list(world.incidents);
      case '/demo': return world.demo();
      case '/session': return { name: 'local', kind: 'local', grants: ['admin'], roles: ['admin'], expiresAt: null, tokensNeeded: false };
      case '/datasets': return this.datasets(query);
      case '/facets': return facetsOf(this.found(query));
    }
    const [, id, part] = /^\/datasets\/([^/]+)(?:\/(\w+))?$/.exec(path) ?? [];
    const dataset = world.datasets.find((known) => known.id === id);
    if (!dataset) return undefined;
    if (part === 'why') return world.why(dataset);
    if (part === 'story') return list(dataset.story);
    return part ? undefined : world.detail(dataset);
  }

  private found(query: URLSearchParams): DatasetSummary[] {
    const text = (query.get('q') ?? '').toLowerCase();
    const [node, member, state, species] = ['node', 'member', 'state', 'species'].map((name) => query.get(name));
    return this.world.datasets
      .filter((dataset) => !node || dataset.replicas.some((held) => held.node === node))
      .filter((dataset) => !member || dataset.replicas.some((held) => held.member === member))
      .map((dataset) => this.world.summary(dataset))
      .filter((item) => (!state || item.state === state) && (!species || item.species === species))
      .filter((item) => `${item.title} ${item.species} ${item.id}`.toLowerCase().includes(text));
  }

  private datasets(query: URLSearchParams): unknown {
    const { world } = this;
    const items = this.found(query);
    if (query.get('sort') === 'title') items.sort((a, b) => a.title.localeCompare(b.title));
    const state = query.get('state');
    const more = ['q', 'node', 'member', 'species'].some((name) => query.get(name)) || (state && state !== 'healthy') ? 0 : world.more;
    const limit = Number(query.get('limit') ?? 50);
    const from = Number(query.get('cursor') ?? 0);
    const page: DatasetSummary[] = [];
    for (let i = from; i < Math.min(from + limit, items.length + more); i++) {
      page.push(items[i] ?? { ...items[0]!, id: `more${i}`, title: `Another dataset ${i}`, thumbnail: null });
    }
    const end = from + page.length;
    return { items: page, next: end < items.length + more ? String(end) : null, total: items.length + more };
  }

  private events(response: ServerResponse): void {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    this.listeners.add(response);
    response.on('close', () => this.listeners.delete(response));
    response.write(eventText(++this.eventId, 'hello', { at: new Date().toISOString(), resync: true }));
    response.write(eventText(++this.eventId, 'health', this.world.health()));
  }

  private send(type: string, data: unknown): void {
    const text = eventText(++this.eventId, type, data);
    for (const response of this.listeners) response.write(text);
  }

  private async break(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const { kind, node } = JSON.parse(body) as { kind: BreakKind; node: string };
    json(response, 202, { text: this.world.break(kind, node) });
  }

  private content(path: string, response: ServerResponse): void {
    const hue = [...path].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 360;
    response.writeHead(200, { 'Content-Type': 'image/svg+xml' });
    const body = `<ellipse cx="50" cy="52" rx="38" ry="${18 + (hue % 20)}" fill="none" stroke="#ddd" stroke-width="3" transform="rotate(${hue} 50 50)"/>`;
    const dot = '<circle cx="45" cy="50" r="5" fill="#222"/>';
    response.end(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"><rect width="100" height="100" fill="#555"/>${body}${dot}</svg>`);
  }
}

function facetsOf(items: readonly DatasetSummary[]): Facets {
  const count = (values: (string | null)[]): Facet[] => {
    const counts = new Map<string, number>();
    for (const value of values) if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
    return [...counts].map(([value, count]) => ({ value, count })).sort((a, b) => b.count - a.count);
  };
  return {
    states: count(items.map((item) => item.state)), publishers: count(items.map((item) => item.publisher)),
    species: count(items.map((item) => item.species)), members: [], areAtLeast: false,
  };
}

const eventText = (id: number, type: string, data: unknown) => `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': status < 400 ? 'application/json' : 'application/problem+json' });
  response.end(JSON.stringify(body));
}

const started = Date.now();
const cluster = () => ({
  runtime: 'Mock', version: '0.1.0', network: 'regtest', startedAt: new Date(started).toISOString(), uptimeSeconds: (Date.now() - started) / 1000, demo: true,
  ledger: { height: 120, tipHash: '00', tipTime: new Date(Date.now() - 9000).toISOString(), records: 12, transactions: 160, lagBlocks: 0, problem: null },
  safeMode: { active: false, reason: null }, brakes: [],
});
