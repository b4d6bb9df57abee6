import { useEffect } from 'react';
import { Link } from 'wouter';
import { ApiError } from '../api/client';
import { useDataset, useWhy } from '../api/queries';
import type { Dataset, Why } from '../api/types';
import { Copies } from '../components/Copies';
import { CopyText } from '../components/CopyText';
import { DatasetStory } from '../components/DatasetStory';
import { PageTitle } from '../components/PageTitle';
import { Panel } from '../components/Panel';
import { Empty, QueryView } from '../components/QueryView';
import { ReplicaTable } from '../components/ReplicaTable';
import { StateMark } from '../components/StateMark';
import { Thumbnail } from '../components/Thumbnail';
import { TimeAgo } from '../components/TimeAgo';
import { citationOf } from '../format/citation';
import { formatBytes, formatCount } from '../format/numbers';
import { datasetLooks, lookOf, type Look } from '../format/states';

/** One dataset: what it is, where its copies are, what happened to it. */
export default function DatasetPage({ id }: { id: string }) {
  const dataset = useDataset(id);
  if (dataset.error instanceof ApiError && dataset.error.status === 404 && !dataset.data) {
    return (
      <>
        <PageTitle title="No such dataset" />
        <p>The ledger, as far as it has been read, names no dataset with the id <code>{id}</code>. <Link to="/datasets">Search the datasets</Link>.</p>
      </>
    );
  }
  return (
    <QueryView query={dataset} what="the dataset" rows={8}>
      {(data) => <View dataset={data} />}
    </QueryView>
  );
}

function View({ dataset }: { dataset: Dataset }) {
  const why = useWhy(dataset.id).data;
  useEffect(() => {
    document.title = `${dataset.title} · ETDB`;
  }, [dataset.title]);
  return (
    <>
      <div className="dataset-head">
        <Thumbnail key={dataset.thumbnail} url={dataset.thumbnail} size={148} />
        <div>
          <p className="crumbs"><Link to="/datasets">Datasets</Link></p>
          <h1>{dataset.title || dataset.id}</h1>
          <p className="soft">
            {dataset.species && <><em>{dataset.species}</em> · </>}
            <Link to={`/datasets?publisher=${encodeURIComponent(dataset.publisher)}`}>{dataset.publisherAlias ?? dataset.publisher}</Link>
            {' · '}{formatBytes(dataset.bytes)}
          </p>
          <p className="badges">
            <StateMark look={lookOf(datasetLooks, dataset.state)} />
            <Copies healthy={dataset.healthyReplicas} retrievable={dataset.retrievableReplicas} target={dataset.target} />
            {dataset.simulated && <span className="tag" title="Made by a program for demonstration; it shows no real specimen.">simulated</span>}
          </p>
        </div>
      </div>
      <Protection why={why} />
      <Panel title="Copies" note={`wanted: ${dataset.policy.target}, never fewer than ${dataset.policy.floor}, each with a different ${dataset.policy.distinctBy}`}>
        <ReplicaTable replicas={why?.replicas ?? dataset.replicas} />
      </Panel>
      <div className="columns columns-dataset">
        <div>
          <Panel title="Files"><Files dataset={dataset} /></Panel>
          <About dataset={dataset} />
        </div>
        <Panel title="The story so far"><DatasetStory id={dataset.id} /></Panel>
      </div>
    </>
  );
}

function Protection({ why }: { why: Why | undefined }) {
  if (!why) return null;
  return (
    <div className={`why tone-${lookOf(datasetLooks, why.state).tone}`} data-testid="why">
      <p><strong>{why.sentence}</strong></p>
      {why.doing.map((work) => (
        <p key={`${work.kind}/${work.node}`} className="soft">
          Now: {work.kind}{work.node && ` on ${work.node}`}, {work.phase}, since <TimeAgo at={work.since} />
          {work.attempts > 1 && `, attempt ${work.attempts}`}{work.cause && ` (${work.cause})`}
          {work.nextAt && <>; next try <TimeAgo at={work.nextAt} /></>}
        </p>
      ))}
      {why.next && <p className="soft">Next: {why.next.what}{why.next.at && <> <TimeAgo at={why.next.at} /></>}</p>}
    </div>
  );
}

function Files({ dataset }: { dataset: Dataset }) {
  if (dataset.files.length === 0) return <Empty>The record names no file.</Empty>;
  return (
    <ul className="files">
      {dataset.files.map((file) => (
        <li key={file.name}>
          {file.url ? <a href={file.url} download={file.name.split('/').at(-1)}>{file.name}</a> : file.name}
          <span className="soft">{file.type ?? 'File'} · {file.bytes === null ? 'size not recorded' : formatBytes(file.bytes)}</span>
          {file.notes && <p className="soft file-notes">{file.notes}</p>}
        </li>
      ))}
    </ul>
  );
}

/** `false` is "nobody has shown it so far", which is no accusation. */
const proof = (known: boolean | null, yes: string, no: string, meaning: string): Look =>
  known === null
    ? { word: `${yes}: not checked yet`, tone: 'neutral', shape: 'dashed', meaning }
    : known
      ? { word: yes, tone: 'good', shape: 'check', meaning }
      : { word: no, tone: 'neutral', shape: 'dashed', meaning };

function About({ dataset }: { dataset: Dataset }) {
  const { record } = dataset;
  const citation = citationOf(dataset);
  return (
    <Panel title="Record">
      {dataset.description && <p className="prose">{dataset.description}</p>}
      {dataset.notes && <p className="prose soft">{dataset.notes}</p>}
      <p className="badges">
        <StateMark look={proof(record.authorProven, 'Author proven', 'Author not proven yet', 'The signature in the ledger belongs to the publisher’s address.')} />
        <StateMark look={proof(record.contentProven, 'Content proven', 'Content not proven yet', 'The files have the hash that the signed record names.')} />
      </p>
      <dl className="record">
        <dt>Cite as</dt><dd className="citation">{citation} <CopyText text={citation} label="Copy citation" /></dd>
        <dt>Id</dt><dd><code>{dataset.id}</code> <CopyText text={dataset.id} label="Copy id" /></dd>
        <dt>Content (IPFS)</dt><dd>{dataset.root ? <a href={`/ipfs/${dataset.root}`}><code>{dataset.root}</code></a> : <span className="unknown">none named</span>}</dd>
        <dt>Publisher</dt><dd><code>{dataset.publisher}</code></dd>
        <dt>In the ledger</dt>
        <dd>{record.height === null ? <span className="unknown">not in a block yet</span> : <>block {formatCount(record.height)}</>}{record.time && <>, <TimeAgo at={record.time} both /></>}</dd>
        <dt>Version</dt>
        <dd>{dataset.version === 1 ? 'first version' : <>version {dataset.version}, last edit in <code>{record.latestTxid}</code></>}</dd>
      </dl>
      <details>
        <summary>Details as published</summary>
        <pre tabIndex={0}>{JSON.stringify(dataset.details, null, 2)}</pre>
      </details>
    </Panel>
  );
}
