import type { Health, Replica, StoryEntry } from '../src/api/types';

/** A seeded sequence (mulberry32), so that the mock shows the same world each time. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export interface MockDataset {
  id: string;
  title: string;
  species: string;
  bytes: number;
  simulated: boolean;
  root: string;
  thumbnail: string | null;
  updatedAt: string;
  replicas: Replica[];
  story: StoryEntry[];
}

export const target = 3;
export const floor = 2;

export const healthyOf = (dataset: MockDataset): number => dataset.replicas.filter((replica) => replica.counts).length;
export const retrievableOf = (dataset: MockDataset): number =>
  dataset.replicas.filter((replica) => replica.state === 'verified' || replica.state === 'suspect' || replica.state === 'claimed').length;

export function stateOf(dataset: MockDataset): 'healthy' | 'degraded' | 'endangered' | 'lost' | 'pending' {
  const healthy = healthyOf(dataset);
  if (healthy >= target) return 'healthy';
  if (retrievableOf(dataset) === 0) return 'lost';
  return healthy >= floor ? 'degraded' : 'endangered';
}

export function healthOf(datasets: readonly MockDataset[], more: number): Health {
  const states = { healthy: more, degraded: 0, endangered: 0, lost: 0, pending: 0 };
  const replicas = { assigned: 0, claimed: 0, verified: more * target, suspect: 0, missing: 0, corrupt: 0, unreachable: 0 };
  const cells = new Map<string, Health['matrix'][number]>();
  for (const dataset of datasets) {
    states[stateOf(dataset)]++;
    for (const replica of dataset.replicas) replicas[replica.state]++;
    const key = `${healthyOf(dataset)}/${retrievableOf(dataset)}`;
    const cell = cells.get(key) ?? { healthy: healthyOf(dataset), retrievable: retrievableOf(dataset), count: 0, example: dataset.id };
    cell.count++;
    cells.set(key, cell);
  }
  if (more > 0) cells.get('3/3')!.count += more;
  const logical = datasets.reduce((sum, dataset) => sum + dataset.bytes, 0) + more * 9e8;
  const verified = replicas.verified;
  return {
    at: new Date().toISOString(),
    datasets: { total: datasets.length + more, ...states },
    replicas,
    bytes: { logical, stored: logical * 3 },
    risk: { expectedLossesPerYear: states.healthy === datasets.length + more ? 0.0003 : 0.02 },
    matrix: [...cells.values()],
    verifiedAge: [{ maxDays: 1, count: Math.min(verified, 30) }, { maxDays: 7, count: Math.max(0, verified - 30) }, { maxDays: 30, count: 0 }, { maxDays: 90, count: 0 }, { maxDays: null, count: 0 }],
  };
}
