import { Link } from 'wouter';
import type { Repair } from '../api/types';
import { formatBytes, formatShare, known } from '../format/numbers';
import { lookOf, phaseLooks, repairKinds } from '../format/states';
import { Bar } from './Meter';
import { StateMark } from './StateMark';
import { TimeAgo } from './TimeAgo';

/** Each repair with how far it is, and why it waits when it waits. */
export function RepairList({ repairs }: { repairs: readonly Repair[] }) {
  return (
    <ul className="rows" data-testid="repairs">
      {repairs.map((repair) => (
        <li key={`${repair.dataset}/${repair.node}/${repair.kind}`} className="row repair">
          <div className="row-head">
            <Link to={`/datasets/${repair.dataset}`} className="row-title">{repair.title || repair.dataset}</Link>
            <StateMark look={lookOf(phaseLooks, repair.phase)} />
          </div>
          <p className="row-text soft">
            {repairKinds[repair.kind] ?? repair.kind} on <strong>{repair.node}</strong>
            {repair.sources.length > 0 && <> from {repair.sources.join(', ')}</>}
            {' · '}began <TimeAgo at={repair.since} />
            {repair.attempts > 1 && <> · attempt {repair.attempts}</>}
          </p>
          {repair.cause && <p className="row-text">{repair.cause}</p>}
          {repair.nextAt && <p className="row-text soft">Tries again <TimeAgo at={repair.nextAt} /></p>}
          <RepairProgress repair={repair} />
        </li>
      ))}
    </ul>
  );
}

function RepairProgress({ repair }: { repair: Repair }) {
  const { progress } = repair;
  if (!progress || !known(progress.totalBytes) || progress.totalBytes <= 0) return null;
  const share = Math.min(1, progress.bytes / progress.totalBytes);
  const text = `${formatBytes(progress.bytes)} of ${formatBytes(progress.totalBytes)}, ${formatShare(progress.bytes, progress.totalBytes)}`;
  return (
    <div className="row-progress">
      <Bar role="progressbar" label={`Progress of ${repair.title}`} share={share} tone="neutral" text={text} />
      <span className="soft">{text}</span>
    </div>
  );
}
