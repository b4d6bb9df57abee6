import { useEffect } from 'react';
import { useActivity, useCluster, useHealth, useIncidents, useMembers, useNodes, useRepairs } from '../api/queries';
import { ActivityList } from '../components/ActivityList';
import { CopiesTable, StateBreakdown, StatTiles, VerifiedAge } from '../components/HealthFigures';
import { HealthChart } from '../components/HealthChart';
import { ClusterNotices, HealthHeadline } from '../components/HealthHeadline';
import { IncidentList } from '../components/IncidentList';
import { NodeCard } from '../components/NodeCard';
import { Panel } from '../components/Panel';
import { Empty, QueryView } from '../components/QueryView';
import { RepairList } from '../components/RepairList';
import { formatCount, plural } from '../format/numbers';

const shownRepairs = 5;
const shownIncidents = 4;
const shownNodes = 12;
const shownActivity = 10;

/** Is everything safe? What is being done? What happened? In this order. */
export function OverviewPage() {
  const health = useHealth();
  const cluster = useCluster();
  useEffect(() => {
    document.title = 'Overview · ETDB';
  }, []);
  return (
    <>
      <QueryView query={health} what="the replication health" rows={2}>
        {(data) => (
          <>
            <HealthHeadline health={data} />
            <ClusterNotices cluster={cluster.data} />
            <StatTiles health={data} />
          </>
        )}
      </QueryView>
      <div className="columns">
        <div>
          <Panel title="Datasets by state" more={{ to: '/datasets', text: 'All datasets' }}>
            <QueryView query={health} what="the replication health">{(data) => <StateBreakdown health={data} />}</QueryView>
          </Panel>
          <Panel title="Copies of each dataset">
            <QueryView query={health} what="the number of copies">{(data) => <CopiesTable health={data} />}</QueryView>
          </Panel>
        </div>
        <div>
          <Repairs />
          <Panel title="When copies were last verified">
            <QueryView query={health} what="the age of the verifications">{(data) => <VerifiedAge health={data} />}</QueryView>
          </Panel>
        </div>
      </div>
      <Nodes />
      <div className="columns">
        <Incidents />
        <Panel title="While you watch">
          <HealthChart />
          <Activity />
        </Panel>
      </div>
    </>
  );
}

function Repairs() {
  const repairs = useRepairs();
  const total = repairs.data?.total ?? repairs.data?.items.length;
  return (
    <Panel title="Being repaired" note={total ? formatCount(total) : undefined} more={{ to: '/repairs', text: 'All repairs' }}>
      <QueryView query={repairs} what="the repairs" empty={(page) => page.items.length === 0 && <Empty>Nothing needs repair.</Empty>}>
        {(page) => (
          <>
            <RepairList repairs={page.items.slice(0, shownRepairs)} />
            {page.items.length > shownRepairs && <p className="soft">and {formatCount((page.total ?? page.items.length) - shownRepairs)} more</p>}
          </>
        )}
      </QueryView>
    </Panel>
  );
}

function Nodes() {
  const nodes = useNodes();
  const members = useMembers().data?.items ?? [];
  const count = nodes.data?.items.length ?? 0;
  const note = count > 0 && members.length > 0 ? `${plural(count, 'node')}, ${plural(members.length, 'member')}` : undefined;
  return (
    <Panel title="Members and nodes" note={note} more={{ to: '/nodes', text: 'All nodes' }}>
      <QueryView query={nodes} what="the nodes" empty={(page) => page.items.length === 0 && <Empty>No node has joined yet.</Empty>}>
        {(page) => (
          <ul className="cards">
            {page.items.slice(0, shownNodes).map((node) => (
              <NodeCard key={node.id} node={node} member={members.find((member) => member.id === node.member)} />
            ))}
          </ul>
        )}
      </QueryView>
    </Panel>
  );
}

function Incidents() {
  const incidents = useIncidents();
  const members = useMembers().data?.items ?? [];
  return (
    <Panel title="Incidents" more={{ to: '/incidents', text: 'All incidents' }}>
      <QueryView query={incidents} what="the incidents" empty={(page) => page.items.length === 0 && <Empty>No loss has been noticed so far.</Empty>}>
        {(page) => <IncidentList incidents={page.items.slice(0, shownIncidents)} members={members} />}
      </QueryView>
    </Panel>
  );
}

function Activity() {
  const entries = useActivity();
  return entries.length === 0 ? null : <ActivityList entries={entries.slice(0, shownActivity)} />;
}
