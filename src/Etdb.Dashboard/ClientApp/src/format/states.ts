import type { DatasetState, Incident, MemberState, NodeState, RepairPhase, ReplicaState } from '../api/types';

/** How a state is shown: a word, a tone and a shape, so that colour is never the only signal. */
export interface Look {
  word: string;
  tone: 'good' | 'attention' | 'serious' | 'critical' | 'neutral';
  shape: 'check' | 'half' | 'triangle' | 'octagon' | 'dashed' | 'cross' | 'clock' | 'pause' | 'arrows';
  meaning: string;
}

const look = (word: string, tone: Look['tone'], shape: Look['shape'], meaning: string): Look => ({ word, tone, shape, meaning });

export const datasetStates: readonly DatasetState[] = ['healthy', 'pending', 'degraded', 'endangered', 'lost'];

export const datasetLooks: Record<DatasetState, Look> = {
  healthy: look('Healthy', 'good', 'check', 'The target is met by verified, independent copies.'),
  pending: look('New', 'neutral', 'dashed', 'The first replication is not finished.'),
  degraded: look('Below target', 'attention', 'half', 'Fewer copies than wanted, but at or above the safe floor.'),
  endangered: look('Endangered', 'serious', 'triangle', 'Fewer copies than the safe floor; it can still be retrieved.'),
  lost: look('Not retrievable', 'critical', 'octagon', 'No copy that can be retrieved is known.'),
};

export const replicaLooks: Record<ReplicaState, Look> = {
  verified: look('Verified', 'good', 'check', 'Its blocks were hashed and are right.'),
  claimed: look('Claimed', 'neutral', 'dashed', 'The node says it has it; nobody has hashed it yet.'),
  assigned: look('Assigned', 'neutral', 'clock', 'Wanted on this node; on its way.'),
  suspect: look('Suspect', 'attention', 'half', 'The last look raised a doubt; it is being looked at again.'),
  missing: look('Missing', 'serious', 'triangle', 'The node does not have it any more.'),
  corrupt: look('Corrupt', 'critical', 'octagon', 'Blocks with wrong bytes were found.'),
  unreachable: look('Unreachable', 'attention', 'cross', 'The node does not answer.'),
};

export const nodeLooks: Record<NodeState, Look> = {
  up: look('Up', 'good', 'check', 'It answers.'),
  suspect: look('Suspect', 'attention', 'half', 'It missed a probe.'),
  unreachable: look('Unreachable', 'attention', 'cross', 'It does not answer; its copies count again when it returns.'),
  'presumed-lost': look('Presumed lost', 'critical', 'octagon', 'Away for longer than the grace time; its copies are being replaced.'),
  draining: look('Draining', 'neutral', 'arrows', 'Its copies are being moved elsewhere.'),
  maintenance: look('Maintenance', 'neutral', 'pause', 'An announced absence.'),
};

export const memberLooks: Record<MemberState, Look> = {
  active: look('Active', 'good', 'check', 'Holds copies for the consortium.'),
  probation: look('Probation', 'neutral', 'clock', 'New; it proves itself with few copies first.'),
  draining: look('Draining', 'neutral', 'arrows', 'Its copies are being moved elsewhere.'),
  left: look('Left', 'neutral', 'pause', 'No longer a member.'),
};

export const phaseLooks: Record<RepairPhase, Look> = {
  queued: look('Queued', 'neutral', 'clock', 'Waits for its turn; the most endangered go first.'),
  moving: look('Copying', 'neutral', 'arrows', 'Blocks are on their way.'),
  verifying: look('Verifying', 'neutral', 'half', 'The copied blocks are being hashed.'),
  waiting: look('Waiting', 'attention', 'pause', 'Cannot go on yet.'),
  done: look('Done', 'good', 'check', 'Copied and verified.'),
  failed: look('Failed', 'serious', 'triangle', 'Given up; the planner decides what comes next.'),
};

export const repairKinds = { replicate: 'New copy', heal: 'Repair', trim: 'Remove surplus copy' } as const;

export const incidentKinds: Record<Incident['kind'], string> = {
  'disk-loss': 'Disk lost',
  corruption: 'Corrupt blocks',
  outage: 'Node out of reach',
  'pins-removed': 'Copies removed',
};

/** A look for a word this version does not know: shown as it came, in a neutral tone. */
export function lookOf<K extends string>(looks: Record<K, Look>, state: string): Look {
  return (looks as Record<string, Look>)[state] ?? look(state, 'neutral', 'dashed', '');
}
