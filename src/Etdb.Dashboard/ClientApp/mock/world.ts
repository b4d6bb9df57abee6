import type { ArchiveNode, BreakKind, Dataset, DatasetSummary, Demo, Incident, Member, Repair, Replica, Why } from '../src/api/types';
import { healthOf, healthyOf, retrievableOf, seeded, stateOf, target, type MockDataset } from './story.ts';

const names = ['University Library Leiden', 'ETH Research Collection', 'Caltech Archives', 'SUB Göttingen', 'National Library of Norway'];
const countries = ['NL', 'CH', 'US', 'DE', 'NO'];
const species = ['Vibrio cholerae', 'Bdellovibrio bacteriovorus', 'Caulobacter crescentus', 'Myxococcus xanthus', 'Helicobacter pylori', 'Borrelia burgdorferi'];
const subjects = ['flagellar motor', 'chemoreceptor array', 'type IV pilus machine', 'periplasmic ring', 'storage granules', 'dividing cell'];

/** The mock's cluster: a few datasets on five nodes, which can be broken and which heal by themselves. */
export class MockWorld {
  readonly datasets: MockDataset[] = [];
  readonly nodes: ArchiveNode[] = [];
  readonly members: Member[] = [];
  readonly repairs = new Map<string, Repair>();
  readonly incidents: Incident[] = [];
  readonly running = new Map<string, boolean>();
  private readonly random = seeded(42);

  constructor(
    private readonly emit: (type: string, data: unknown) => void,
    readonly more: number,
  ) {
    for (let i = 0; i < names.length; i++) this.addMember(i);
    for (let i = 0; i < 12; i++) this.addDataset(i);
  }

  health = () => healthOf(this.datasets, this.more);

  demo = (): Demo => ({
    enabled: true,
    nodes: this.nodes.map(({ id, member }) => ({
      id, member, running: this.running.get(id)!,
      actions: this.running.get(id) ? ['delete-disk', 'stop-node', 'corrupt-blocks'] : ['return-node'],
    })),
  });

  node(id: string): ArchiveNode {
    const node = this.nodes.find((known) => known.id === id)!;
    for (const state of Object.keys(node.replicas) as (keyof typeof node.replicas)[]) node.replicas[state] = 0;
    node.usedBytes = 0;
    for (const dataset of this.datasets) {
      for (const replica of dataset.replicas.filter((held) => held.node === id)) {
        node.replicas[replica.state]++;
        if (replica.state === 'verified') node.usedBytes += dataset.bytes;
      }
    }
    return node;
  }

  memberList(): Member[] {
    const held = this.datasets.flatMap((dataset) => dataset.replicas);
    return this.members.map((member) => ({
      ...member,
      usedBytes: this.node(member.nodes[0]!).usedBytes,
      replicas: held.filter((replica) => replica.member === member.id).length,
    }));
  }

  summary(dataset: MockDataset): DatasetSummary {
    const { id, title, bytes, root, simulated, thumbnail, updatedAt } = dataset;
    return {
      id, title, bytes, root, simulated, thumbnail, updatedAt, species: dataset.species, publisher: 'FLabMockMockMockMockMockMockMockMoc1', publisherAlias: 'Demo Lab',
      state: stateOf(dataset), target, healthyReplicas: healthyOf(dataset), retrievableReplicas: retrievableOf(dataset), version: 1,
    };
  }

  detail(dataset: MockDataset): Dataset {
    const base = `/ipfs/${dataset.root}`;
    return {
      ...this.summary(dataset),
      description: `Electron cryotomography of a ${dataset.title.toLowerCase()}, tilt series from −60° to +60° in steps of 2°.`,
      notes: dataset.simulated ? 'Simulated for demonstration: a phantom cell, projected and reconstructed by a program. No real specimen.' : null,
      files: ['reconstruction.mrc', 'tilt-series.mrc', 'movie.mp4', 'keyimg_s.png'].map((name, i) => ({
        name,
        bytes: [dataset.bytes * 0.7, dataset.bytes * 0.25, dataset.bytes * 0.04, null][i]!,
        type: ['Reconstruction', 'Tilt series', 'Movie', 'Key image'][i]!,
        url: `${base}/${name}`,
      })),
      details: { microscope: 'Krios G3i', voltage: 300, tilts: 61, dose: '120 e/Å²' },
      record: { latestTxid: dataset.id, height: 101, time: dataset.updatedAt, authorProven: true, contentProven: dataset.bytes % 2 === 0 ? true : null },
      policy: { target, floor: 2, most: 5, distinctBy: 'member' },
      replicas: dataset.replicas,
    };
  }

  why(dataset: MockDataset): Why {
    const have = healthyOf(dataset);
    const doing = [...this.repairs.values()].filter((repair) => repair.dataset === dataset.id);
    return {
      id: dataset.id, title: dataset.title, state: stateOf(dataset),
      sentence: have >= target ? `It has ${have} verified copies with ${have} different members, as many as wanted.` : `It has ${have} verified ${have === 1 ? 'copy' : 'copies'}; ${target} are wanted.`,
      wanted: { target, have, distinctBy: 'member' },
      replicas: dataset.replicas.map((replica) => ({ ...replica, why: replica.counts ? 'Verified, and the only copy with this member.' : 'Not verified since the loss was noticed.' })),
      doing: doing.map(({ kind, node, phase, since, attempts, cause, nextAt }) => ({ kind, node, phase, since, attempts, cause, nextAt })),
      next: doing.length === 0 ? { at: new Date(Date.now() + 86_400_000).toISOString(), what: 'routine audit' } : null,
    };
  }

  /** Plays the loss and everything that follows. */
  break(kind: BreakKind, nodeId: string): string {
    const node = this.node(nodeId);
    if (kind === 'return-node') {
      this.running.set(nodeId, true);
      this.later(1200, () => this.setNode(node, 'up', null));
      return `Node ${nodeId} was started.`;
    }
    const touched = this.datasets.filter((dataset) => dataset.replicas.some((replica) => replica.node === nodeId && replica.state === 'verified'));
    const hit = kind === 'corrupt-blocks' ? touched.slice(0, 2) : touched;
    if (kind === 'stop-node') this.running.set(nodeId, false);
    this.emit('demo', { step: 'break', text: `${kind} on ${nodeId}: nobody told the cluster.` });
    this.later(1800, () => this.detect(kind, node, hit));
    return `Done: ${kind} on ${nodeId}. Now the cluster has to notice.`;
  }

  private detect(kind: BreakKind, node: ArchiveNode, hit: readonly MockDataset[]): void {
    const state: Replica['state'] = kind === 'corrupt-blocks' ? 'corrupt' : kind === 'stop-node' ? 'unreachable' : 'missing';
    const incident: Incident = {
      id: `i${this.incidents.length + 1}`, kind: kind === 'corrupt-blocks' ? 'corruption' : kind === 'stop-node' ? 'outage' : 'disk-loss',
      node: node.id, member: node.member, openedAt: new Date().toISOString(), detectedSeconds: 1.8, healedAt: null, healedSeconds: null,
      datasets: hit.length, bytesReseeded: 0, text: `${hit.length} copies on ${node.id} are ${state}.`,
    };
    this.incidents.unshift(incident);
    for (const dataset of hit) {
      const replica = dataset.replicas.find((held) => held.node === node.id)!;
      Object.assign(replica, { state, counts: false, detail: `found ${state} by a probe`, since: new Date().toISOString() });
      this.tell(dataset, state, `the copy on ${node.id} is ${state}`, node.id);
      this.emit('dataset', this.summary(dataset));
    }
    if (kind === 'stop-node') this.setNode(node, 'unreachable', 'no answer to 3 probes');
    this.emit('incident', incident);
    this.emit('demo', { step: 'detect', text: `Noticed after 1.8 s: ${hit.length} copies on ${node.id} are gone.` });
    this.push();
    hit.forEach((dataset, i) => this.later(900 + 1300 * i, () => this.heal(incident, dataset, node, i === hit.length - 1)));
  }

  private heal(incident: Incident, dataset: MockDataset, broken: ArchiveNode, last: boolean): void {
    const spare = this.nodes.find((other) => other.state === 'up' && other.id !== broken.id && !dataset.replicas.some((held) => held.node === other.id));
    const goal = incident.kind === 'outage' ? spare ?? broken : broken;
    const repair: Repair = {
      dataset: dataset.id, title: dataset.title, kind: 'heal', node: goal.id, sources: dataset.replicas.filter((held) => held.counts).map((held) => held.node).slice(0, 1),
      phase: 'moving', level: 0, risk: 1e-6, progress: { blocks: 0, bytes: 0, totalBytes: dataset.bytes }, since: new Date().toISOString(), attempts: 1, cause: null, nextAt: null,
    };
    this.emit('demo', { step: 'reseed', text: `Copying “${dataset.title}” to ${goal.id}.` });
    for (let step = 0; step <= 8; step++) {
      this.later(step * 450, () => {
        repair.progress!.bytes = Math.round((dataset.bytes * step) / 8);
        repair.phase = step === 8 ? 'verifying' : 'moving';
        this.repairs.set(dataset.id, repair);
        this.emit('repair', { ...repair, progress: { ...repair.progress } });
      });
    }
    this.later(4600, () => this.finish(incident, dataset, goal, repair, last));
  }

  private finish(incident: Incident, dataset: MockDataset, goal: ArchiveNode, repair: Repair, last: boolean): void {
    this.repairs.delete(dataset.id);
    this.emit('repair', { ...repair, phase: 'done' });
    dataset.replicas = dataset.replicas.filter((held) => held.node !== goal.id && held.node !== incident.node);
    dataset.replicas.push(this.replica(goal));
    this.tell(dataset, 'healed', `copied again to ${goal.id} and verified`, goal.id);
    this.emit('dataset', this.summary(dataset));
    incident.bytesReseeded! += dataset.bytes;
    if (last) {
      incident.healedAt = new Date().toISOString();
      incident.healedSeconds = (Date.now() - new Date(incident.openedAt).getTime()) / 1000;
      this.emit('demo', { step: 'idle', text: 'All copies are back and verified.' });
    }
    this.emit('incident', { ...incident });
    this.push();
  }

  private push(): void {
    for (const node of this.nodes) this.emit('node', structuredClone(this.node(node.id)));
    this.emit('health', this.health());
  }

  private setNode(node: ArchiveNode, state: ArchiveNode['state'], problem: string | null): void {
    Object.assign(node, { state, problem, since: new Date().toISOString() });
    this.emit('node', structuredClone(this.node(node.id)));
  }

  private tell(dataset: MockDataset, kind: string, text: string, node: string): void {
    const entry = { at: new Date().toISOString(), kind, text, node };
    dataset.updatedAt = entry.at;
    dataset.story.unshift(entry);
    this.emit('story', { dataset: dataset.id, title: dataset.title, ...entry });
  }

  private later(ms: number, action: () => void): void {
    setTimeout(action, ms).unref();
  }

  private addMember(i: number): void {
    const id = `m${i + 1}`;
    const node = `n${i + 1}`;
    this.members.push({ id, name: names[i]!, country: countries[i]!, state: 'active', nodes: [node], pledgeBytes: i === 4 ? null : 2e9, usedBytes: null, replicas: 0 });
    this.nodes.push({
      id: node, member: id, site: 'main', country: countries[i]!, state: 'up', since: new Date(Date.now() - 3_600_000).toISOString(), agent: 'etdb-node/0.1.0',
      capacityBytes: i === 4 ? null : 2e9, usedBytes: 0, replicas: { assigned: 0, claimed: 0, verified: 0, suspect: 0, missing: 0, corrupt: 0, unreachable: 0 },
      lastProbeAt: new Date().toISOString(), queue: { pins: 0, audits: 0 }, problem: null,
    });
    this.running.set(node, true);
  }

  private addDataset(i: number): void {
    const hex = Array.from({ length: 64 }, () => Math.floor(this.random() * 16).toString(16)).join('');
    const real = i < 2;
    const dataset: MockDataset = {
      id: hex, title: real ? ['EMD-3001', 'EMD-3197'][i]! : `${subjects[i % subjects.length]![0]!.toUpperCase()}${subjects[i % subjects.length]!.slice(1)} of a phantom cell ${i - 1}`,
      species: species[i % species.length]!, bytes: Math.round(2e7 + this.random() * 9e7), simulated: !real, root: `QmMock${hex.slice(0, 40)}`,
      thumbnail: `/ipfs/QmMock${hex.slice(0, 40)}/keyimg_s.png`, updatedAt: new Date(Date.now() - 60_000 * (12 - i)).toISOString(), replicas: [], story: [],
    };
    for (let k = 0; k < target; k++) dataset.replicas.push(this.replica(this.nodes[(i + k) % this.nodes.length]!));
    dataset.story = [
      { at: dataset.updatedAt, kind: 'verified', text: 'all 3 copies verified', node: null },
      { at: dataset.updatedAt, kind: 'assigned', text: 'assigned to 3 members', node: null },
      { at: dataset.updatedAt, kind: 'published', text: 'published by Demo Lab in block 101', node: null },
    ];
    this.datasets.push(dataset);
  }

  private replica(node: ArchiveNode): Replica {
    const at = new Date().toISOString();
    return { node: node.id, member: node.member, state: 'verified', counts: true, since: at, verifiedAt: at, verifiedBlocks: 83, verifiedFull: true, detail: null };
  }
}
