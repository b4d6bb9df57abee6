import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { ArchiveNode, Member, ReplicaState } from '../api/types';
import { countryOf, formatCount, plural } from '../format/numbers';
import { lookOf, nodeLooks, replicaLooks } from '../format/states';
import { CapacityMeter } from './Meter';
import { StateMark, StateShape } from './StateMark';
import { TimeAgo } from './TimeAgo';

const replicaOrder: readonly ReplicaState[] = ['verified', 'claimed', 'assigned', 'suspect', 'unreachable', 'missing', 'corrupt'];

interface NodeCardProps {
  node: ArchiveNode;
  member: Member | undefined;
  /** Level of its heading: one below that of what it stands in. */
  level?: 2 | 3;
  children?: ReactNode;
}

/** One node: does it answer, how full is it, what does it hold. */
export function NodeCard({ node, member, level = 3, children }: NodeCardProps) {
  const Heading = `h${level}` as const;
  const look = lookOf(nodeLooks, node.state);
  const held = replicaOrder.filter((state) => node.replicas[state] > 0);
  return (
    <li className={`card node-card tone-${look.tone}`} data-node={node.id} data-state={node.state}>
      <div className="row-head">
        <Heading><Link to={`/datasets?node=${encodeURIComponent(node.id)}`} title="Datasets on this node">{node.id}</Link></Heading>
        <StateMark look={look} />
      </div>
      <p className="card-sub">
        {member?.name ?? node.member}
        <span className="soft">{[node.site, countryOf(node.country)].filter(Boolean).map((part) => ` · ${part}`).join('')}</span>
      </p>
      <CapacityMeter label={`Space used on ${node.id}`} used={node.usedBytes} capacity={node.capacityBytes} />
      <ul className="chips" aria-label="Copies on this node">
        {held.length === 0 && <li className="soft">No copies</li>}
        {held.map((state) => (
          <li key={state} title={replicaLooks[state].meaning}>
            <StateShape look={replicaLooks[state]} size={13} /> {formatCount(node.replicas[state])} {replicaLooks[state].word.toLowerCase()}
          </li>
        ))}
      </ul>
      {node.problem && <p className="card-problem">{node.problem}</p>}
      <p className="card-foot soft">
        {look.word} since <TimeAgo at={node.since} /> · probed <TimeAgo at={node.lastProbeAt} />
        {(node.queue.pins > 0 || node.queue.audits > 0) && <> · {plural(node.queue.pins, 'pin')} and {plural(node.queue.audits, 'audit')} waiting</>}
      </p>
      {children}
    </li>
  );
}
