import type { Incident, Member } from '../api/types';
import { formatBytes, known, plural } from '../format/numbers';
import { formatSpan } from '../format/time';
import { incidentKinds } from '../format/states';
import { datasetLooks } from '../format/states';
import { useNow } from './now';
import { StateShape } from './StateMark';
import { TimeAgo } from './TimeAgo';

/** What was lost, how soon that was noticed, how soon it was whole again. */
export function IncidentList({ incidents, members = [] }: { incidents: readonly Incident[]; members?: readonly Member[] }) {
  const now = useNow();
  const nameOf = (id: string | null) => members.find((member) => member.id === id)?.name ?? id;
  return (
    <ol className="rows incidents" data-testid="incidents">
      {incidents.map((incident) => {
        const open = incident.healedAt === null;
        return (
          <li key={incident.id} className={`row incident ${open ? 'incident-open' : ''}`} data-healed={!open}>
            <div className="row-head">
              <span className="row-title">
                <StateShape look={open ? datasetLooks.endangered : datasetLooks.healthy} />
                {incidentKinds[incident.kind] ?? incident.kind} on {incident.node}
                {incident.member && <span className="soft"> · {nameOf(incident.member)}</span>}
              </span>
              <TimeAgo at={incident.openedAt} />
            </div>
            <p className="row-text">{incident.text}</p>
            <dl className="facts">
              <div><dt>Noticed after</dt><dd>{formatSpan(incident.detectedSeconds)}</dd></div>
              <div>
                <dt>{open ? 'Open for' : 'Healed after'}</dt>
                <dd>{open ? formatSpan(Math.max(0, Math.floor((now - new Date(incident.openedAt).getTime()) / 1000))) : formatSpan(incident.healedSeconds)}</dd>
              </div>
              <div><dt>Touched</dt><dd>{plural(incident.datasets, 'dataset')}</dd></div>
              <div><dt>Copied again</dt><dd className={known(incident.bytesReseeded) ? '' : 'unknown'}>{formatBytes(incident.bytesReseeded)}</dd></div>
            </dl>
          </li>
        );
      })}
    </ol>
  );
}
