import { Button, Modal } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { ApiError, post } from '../api/client';
import { keys, useDemo, useHealth, useIncidents, useMayAct, useMembers, useNodes, useRepairs } from '../api/queries';
import type { ArchiveNode, BreakKind, Demo, Member } from '../api/types';
import { DemoSteps } from '../components/DemoSteps';
import { HealthChart } from '../components/HealthChart';
import { HealthHeadline } from '../components/HealthHeadline';
import { IncidentList } from '../components/IncidentList';
import { NodeCard } from '../components/NodeCard';
import { PageTitle } from '../components/PageTitle';
import { Panel } from '../components/Panel';
import { Empty, QueryView } from '../components/QueryView';
import { RepairList } from '../components/RepairList';
import { replicaCount } from '../format/numbers';

const actions: Record<BreakKind, { button: string; title: string; text: string; done: string }> = {
  'delete-disk': {
    button: 'Delete the disk', title: 'Delete the disk of', done: 'Disk deleted',
    text: 'All blocks on this node are deleted, as if its disk had died. Nobody tells the cluster: it has to notice by itself, and to copy everything again from the other members.',
  },
  'stop-node': {
    button: 'Stop the node', title: 'Stop', done: 'Node stopped',
    text: 'The node stops answering, as if its power had failed. After the grace time the cluster copies what it held to other members.',
  },
  'corrupt-blocks': {
    button: 'Corrupt blocks', title: 'Corrupt blocks on', done: 'Blocks corrupted',
    text: 'Some blocks on this node get wrong bytes, as by bit rot. The node still says it has them; only an audit that hashes blocks can find out.',
  },
  'return-node': { button: 'Start it again', title: 'Start', done: 'Node started', text: 'The node answers again, with whatever is left on its disk.' },
};

interface Intent {
  kind: BreakKind;
  node: string;
}

/** Break something and watch the cluster notice and heal it. */
export default function DemoPage() {
  const demo = useDemo();
  return (
    <>
      <PageTitle title="Break something" lead="This demonstration runs on this machine only. Break a node and watch: nobody tells the cluster, it finds out by probing and auditing." />
      <QueryView
        query={demo} what="the demonstration" rows={6}
        empty={(data) => !data?.enabled && <Empty>This server is not a demonstration, so nothing can be broken here. <Link to="/">Go to the overview</Link>.</Empty>}
      >
        {(data) => <Stage demo={data!} />}
      </QueryView>
    </>
  );
}

function Stage({ demo }: { demo: Demo }) {
  const health = useHealth();
  const repairs = useRepairs().data?.items ?? [];
  const incidents = useIncidents().data?.items ?? [];
  const members = useMembers().data?.items ?? [];
  return (
    <>
      <QueryView query={health} what="the replication health" rows={2}>{(data) => <HealthHeadline health={data} level={2} />}</QueryView>
      <DemoSteps />
      <Controls demo={demo} members={members} />
      <div className="columns">
        <div>
          <Panel title="Copies, live"><HealthChart /></Panel>
          <Panel title="Incidents">{incidents.length === 0 ? <Empty>Nothing broken so far.</Empty> : <IncidentList incidents={incidents.slice(0, 6)} members={members} />}</Panel>
        </div>
        <Panel title="Being repaired">{repairs.length === 0 ? <Empty>Nothing needs repair.</Empty> : <RepairList repairs={repairs.slice(0, 10)} />}</Panel>
      </div>
    </>
  );
}

function Controls({ demo, members }: { demo: Demo; members: readonly Member[] }) {
  const nodes = useNodes();
  const mayAct = useMayAct();
  const [intent, setIntent] = useState<Intent | null>(null);
  const [said, setSaid] = useState('');
  return (
    <Panel title="Nodes">
      {!mayAct && <p className="soft">To break something you have to be admin, on the machine that runs the demonstration or <Link to="/signin">signed in</Link>.</p>}
      <p className="said" role="status" data-testid="demo-said">{said}</p>
      <QueryView query={nodes} what="the nodes">
        {(page) => (
          <ul className="cards">
            {demo.nodes.map(({ id, member, running, actions: possible }) => {
              const node = page.items.find((known) => known.id === id);
              const buttons = possible.map((kind) => (
                <Button key={kind} size="xs" variant={kind === 'return-node' ? 'filled' : 'default'} data-action={kind} onClick={() => setIntent({ kind, node: id })}>
                  {actions[kind]?.button ?? kind}<span className="visually-hidden"> on {id}</span>
                </Button>
              ));
              return (
                <NodeCard key={id} node={node ?? unknownNode(id, member)} member={members.find((known) => known.id === member)}>
                  {!running && <p className="card-problem">You stopped this node.</p>}
                  {mayAct && <div className="card-actions">{buttons}</div>}
                </NodeCard>
              );
            })}
          </ul>
        )}
      </QueryView>
      <Confirm intent={intent} nodes={nodes.data?.items ?? []} onClose={() => setIntent(null)} onSaid={setSaid} />
    </Panel>
  );
}

interface ConfirmProps {
  intent: Intent | null;
  nodes: readonly ArchiveNode[];
  onClose: () => void;
  onSaid: (text: string) => void;
}

function Confirm({ intent, nodes, onClose, onSaid }: ConfirmProps) {
  const client = useQueryClient();
  const act = useMutation({
    mutationFn: (wanted: Intent) => post<{ text: string }>('/demo/break', wanted),
    onSuccess: (answer, wanted) => {
      onSaid(answer.text || actions[wanted.kind].done);
      void client.invalidateQueries({ queryKey: keys.demo });
      onClose();
    },
  });
  const close = () => {
    act.reset();
    onClose();
  };
  const action = intent && actions[intent.kind];
  const copies = replicaCount(nodes.find((node) => node.id === intent?.node)?.replicas);
  return (
    <Modal opened={intent !== null} onClose={close} title={action && `${action.title} ${intent.node}?`} centered lockScroll={false} closeButtonProps={{ 'aria-label': 'Close' }}>
      {action && (
        <>
          <p>{action.text}</p>
          {intent.kind !== 'return-node' && copies !== null && <p className="soft">It holds {copies} now.</p>}
          {act.isError && <p className="card-problem" role="alert">{act.error instanceof ApiError ? act.error.message : 'It could not be done.'}</p>}
          <div className="dialog-buttons">
            <Button variant="default" onClick={close}>Cancel</Button>
            <Button color={intent.kind === 'return-node' ? undefined : 'red.9'} loading={act.isPending} onClick={() => act.mutate(intent)} data-testid="confirm-break">{action.button}</Button>
          </div>
        </>
      )}
    </Modal>
  );
}

const noReplicas = { assigned: 0, claimed: 0, verified: 0, suspect: 0, missing: 0, corrupt: 0, unreachable: 0 };

/** A node the demo runs but the cluster has not admitted yet. */
const unknownNode = (id: string, member: string): ArchiveNode => ({
  id, member, site: null, country: null, state: 'suspect', since: new Date().toISOString(), agent: null, capacityBytes: null, usedBytes: null,
  replicas: noReplicas, lastProbeAt: null, queue: { pins: 0, audits: 0 }, problem: 'The cluster does not know this node yet.',
});
