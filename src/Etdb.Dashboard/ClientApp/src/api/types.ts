/** The shapes of docs/reference/api.md. `null` means "nobody has measured this". Times are ISO 8601 UTC. */
export type Iso = string;

export type DatasetState = 'healthy' | 'degraded' | 'endangered' | 'lost' | 'pending';
export type ReplicaState = 'assigned' | 'claimed' | 'verified' | 'suspect' | 'missing' | 'corrupt' | 'unreachable';
export type NodeState = 'up' | 'suspect' | 'unreachable' | 'presumed-lost' | 'draining' | 'maintenance';
export type MemberState = 'probation' | 'active' | 'draining' | 'left';
export type RepairPhase = 'queued' | 'moving' | 'verifying' | 'waiting' | 'done' | 'failed';
export type DemoStep = 'publish' | 'replicate' | 'break' | 'detect' | 'reseed' | 'verify' | 'idle';
export type BreakKind = 'delete-disk' | 'stop-node' | 'corrupt-blocks' | 'return-node';

export interface Cluster {
  runtime: string;
  version: string;
  network: string;
  startedAt: Iso;
  uptimeSeconds: number;
  demo: boolean;
  ledger: { height: number; tipHash: string; tipTime: Iso | null; records: number; transactions: number; lagBlocks: number | null; problem: string | null } | null;
  safeMode: { active: boolean; reason: string | null };
  brakes: { kind: string; since: Iso; reason: string }[];
}

export interface Health {
  at: Iso;
  datasets: { total: number } & Record<DatasetState, number>;
  replicas: Record<ReplicaState, number>;
  bytes: { logical: number | null; stored: number | null };
  risk: { expectedLossesPerYear: number | null };
  matrix: { healthy: number; retrievable: number; count: number; example: string | null }[];
  verifiedAge: { maxDays: number | null; count: number }[];
}

export interface DatasetSummary {
  id: string;
  title: string;
  publisher: string;
  publisherAlias: string | null;
  species: string | null;
  bytes: number | null;
  root: string | null;
  state: DatasetState;
  target: number;
  healthyReplicas: number;
  retrievableReplicas: number;
  simulated: boolean;
  thumbnail: string | null;
  version: number;
  updatedAt: Iso;
}

export interface Replica {
  node: string;
  member: string;
  state: ReplicaState;
  counts: boolean;
  since: Iso | null;
  verifiedAt: Iso | null;
  verifiedBlocks: number | null;
  verifiedFull: boolean | null;
  detail: string | null;
  why?: string | null;
}

export interface DatasetFile {
  name: string;
  bytes: number | null;
  type: string | null;
  subtype?: string | null;
  notes?: string | null;
  url: string | null;
}

export interface Dataset extends DatasetSummary {
  description: string | null;
  notes: string | null;
  files: DatasetFile[];
  details: unknown;
  record: { latestTxid: string; height: number | null; time: Iso | null; authorProven: boolean | null; contentProven: boolean | null };
  policy: { target: number; floor: number; most: number; distinctBy: string };
  replicas: Replica[];
}

export interface StoryEntry {
  at: Iso;
  kind: string;
  text: string;
  node: string | null;
}

export interface StoryEvent extends StoryEntry {
  dataset: string;
  title: string | null;
}

export interface Why {
  id: string;
  title: string;
  state: DatasetState;
  sentence: string;
  wanted: { target: number; have: number; distinctBy: string };
  replicas: Replica[];
  doing: { kind: string; node: string | null; phase: string; since: Iso; attempts: number; cause: string | null; nextAt: Iso | null }[];
  next: { at: Iso | null; what: string } | null;
}

export interface Member {
  id: string;
  name: string;
  country: string | null;
  state: MemberState;
  nodes: string[];
  pledgeBytes: number | null;
  usedBytes: number | null;
  replicas: number;
}

export interface ArchiveNode {
  id: string;
  member: string;
  site: string | null;
  country: string | null;
  state: NodeState;
  since: Iso;
  agent: string | null;
  capacityBytes: number | null;
  usedBytes: number | null;
  replicas: Record<ReplicaState, number>;
  lastProbeAt: Iso | null;
  queue: { pins: number; audits: number };
  problem: string | null;
}

export interface Repair {
  dataset: string;
  title: string;
  kind: 'replicate' | 'heal' | 'trim';
  node: string;
  sources: string[];
  phase: RepairPhase;
  level: number;
  risk: number | null;
  progress: { blocks: number; bytes: number; totalBytes: number | null } | null;
  since: Iso;
  attempts: number;
  cause: string | null;
  nextAt: Iso | null;
}

export interface Incident {
  id: string;
  kind: 'disk-loss' | 'corruption' | 'outage' | 'pins-removed';
  node: string;
  member: string | null;
  openedAt: Iso;
  detectedSeconds: number | null;
  healedAt: Iso | null;
  healedSeconds: number | null;
  datasets: number;
  bytesReseeded: number | null;
  text: string;
}

export interface Demo {
  enabled: boolean;
  nodes: { id: string; member: string; running: boolean; actions: BreakKind[] }[];
}

export interface DemoProgress {
  step: DemoStep;
  text: string;
}

export interface Page<T> {
  items: T[];
  next: string | null;
  total?: number;
  /** Counting ended at the total: there may be more. */
  totalIsAtLeast?: boolean;
}

/** A value by which what was found can be narrowed, and how many that leaves. */
export interface Facet {
  value: string;
  count: number;
}

/** The values found most often. */
export interface Facets {
  states: Facet[];
  publishers: Facet[];
  species: Facet[];
  members: Facet[];
  /** Counting ended before everything found was looked at. */
  areAtLeast: boolean;
}

export interface DatasetQuery {
  q: string;
  state: string;
  publisher: string;
  member: string;
  node: string;
  species: string;
  sort: string;
  limit: number;
  cursor: string;
}

/** Who the reader is to the server. */
export interface Session {
  name: string;
  kind: 'anonymous' | 'local' | 'token' | 'session';
  grants: string[];
  roles: string[];
  expiresAt: string | null;
  tokensNeeded: boolean;
}
