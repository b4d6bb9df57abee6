import { useMembers, useNodes } from '../api/queries';
import { NodeCard } from '../components/NodeCard';
import { PageTitle } from '../components/PageTitle';
import { Empty, QueryView } from '../components/QueryView';

/** The machines that hold the copies. */
export default function NodesPage() {
  const nodes = useNodes();
  const members = useMembers().data?.items ?? [];
  return (
    <>
      <PageTitle title="Nodes" lead="The machines that hold the copies, as the last probe saw them." />
      <QueryView query={nodes} what="the nodes" rows={6} empty={(page) => page.items.length === 0 && <Empty>No node has joined yet. See “Join as a member” in the operations manual.</Empty>}>
        {(page) => (
          <ul className="cards">
            {page.items.map((node) => <NodeCard key={node.id} level={2} node={node} member={members.find((member) => member.id === node.member)} />)}
          </ul>
        )}
      </QueryView>
    </>
  );
}
