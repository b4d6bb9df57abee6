import { Link } from 'wouter';
import { useMembers } from '../api/queries';
import type { Replica } from '../api/types';
import { formatCount, known } from '../format/numbers';
import { lookOf, replicaLooks } from '../format/states';
import { Empty } from './QueryView';
import { StateMark } from './StateMark';
import { TimeAgo } from './TimeAgo';

/** Where the copies are, whether they count, and why not. */
export function ReplicaTable({ replicas }: { replicas: readonly Replica[] }) {
  const members = useMembers().data?.items ?? [];
  if (replicas.length === 0) return <Empty>No copy is known or assigned.</Empty>;
  return (
    <table className="replicas" data-testid="replicas">
      <thead>
        <tr><th scope="col">Node</th><th scope="col">State</th><th scope="col">Counts</th><th scope="col">Last verified</th><th scope="col">Why</th></tr>
      </thead>
      <tbody>
        {replicas.map((replica) => (
          <tr key={replica.node} data-node={replica.node} data-state={replica.state}>
            <th scope="row">
              <Link to={`/datasets?node=${encodeURIComponent(replica.node)}`}>{replica.node}</Link>
              <span className="soft"> {members.find((member) => member.id === replica.member)?.name ?? replica.member}</span>
            </th>
            <td data-label="State"><StateMark look={lookOf(replicaLooks, replica.state)} /></td>
            <td data-label="Counts">{replica.counts ? 'yes' : 'no'}</td>
            <td data-label="Last verified"><Verified replica={replica} /></td>
            <td data-label="Why">{replica.why ?? replica.detail ?? lookOf(replicaLooks, replica.state).meaning}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Verified({ replica }: { replica: Replica }) {
  if (!replica.verifiedAt) return <span className="unknown">not verified yet</span>;
  return (
    <span>
      <TimeAgo at={replica.verifiedAt} />
      {known(replica.verifiedBlocks) && <span className="soft"> {replica.verifiedFull ? 'all' : 'a sample of'} {formatCount(replica.verifiedBlocks)} blocks</span>}
    </span>
  );
}
