import { Link } from 'wouter';
import { useMembers, useNodes } from '../api/queries';
import type { ArchiveNode, Member } from '../api/types';
import { CapacityMeter } from '../components/Meter';
import { PageTitle } from '../components/PageTitle';
import { Empty, QueryView } from '../components/QueryView';
import { StateMark, StateShape } from '../components/StateMark';
import { countryOf, formatBytes, formatCount, plural } from '../format/numbers';
import { lookOf, memberLooks, nodeLooks } from '../format/states';

/** The institutions that hold copies for each other. */
export default function MembersPage() {
  const members = useMembers();
  const nodes = useNodes().data?.items ?? [];
  return (
    <>
      <PageTitle title="Members" lead="The institutions that keep copies for each other. No two copies that count for a dataset are with the same member." />
      <QueryView query={members} what="the members" rows={6} empty={(page) => page.items.length === 0 && <Empty>No institution has joined yet. See “Join as a member” in the operations manual.</Empty>}>
        {(page) => (
          <ul className="cards">
            {page.items.map((member) => <MemberCard key={member.id} member={member} nodes={nodes.filter((node) => node.member === member.id)} />)}
          </ul>
        )}
      </QueryView>
    </>
  );
}

function MemberCard({ member, nodes }: { member: Member; nodes: readonly ArchiveNode[] }) {
  return (
    <li className="card">
      <div className="row-head">
        <h2>{member.name}</h2>
        <StateMark look={lookOf(memberLooks, member.state)} />
      </div>
      <p className="card-sub">{member.id}{countryOf(member.country) && <span className="soft"> · {member.country}</span>}</p>
      <CapacityMeter label={`Pledge of ${member.name} that is used`} used={member.usedBytes} capacity={member.pledgeBytes} />
      <p className="soft">{member.pledgeBytes === null ? 'No pledge on record' : `Pledged ${formatBytes(member.pledgeBytes)}`}</p>
      <ul className="chips" aria-label="Nodes of this member">
        {member.nodes.map((id) => {
          const state = nodes.find((node) => node.id === id)?.state;
          return <li key={id}>{state && <StateShape look={lookOf(nodeLooks, state)} size={13} />} {id}{state && <span className="soft"> {lookOf(nodeLooks, state).word.toLowerCase()}</span>}</li>;
        })}
      </ul>
      <p className="card-foot">
        <Link to={`/datasets?member=${encodeURIComponent(member.id)}`}>{plural(member.replicas, 'copy', 'copies')} held</Link>
        <span className="soft"> on {formatCount(member.nodes.length)} {member.nodes.length === 1 ? 'node' : 'nodes'}</span>
      </p>
    </li>
  );
}
