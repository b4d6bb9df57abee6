import { useCluster } from '../api/queries';
import type { Cluster, Health } from '../api/types';
import { headlineOf } from '../format/headline';
import { formatClock } from '../format/time';
import { datasetLooks, type Look } from '../format/states';
import { useLink } from '../live/LiveProvider';
import { useAsOf } from './LiveIndicator';
import { StateShape } from './StateMark';
import { TimeAgo } from './TimeAgo';

const shapes: Record<string, Look> = {
  good: datasetLooks.healthy,
  attention: datasetLooks.degraded,
  serious: datasetLooks.endangered,
  neutral: datasetLooks.pending,
};

/** The one sentence the dashboard exists for. While the figures are not live it says so in the sentence itself. */
export function HealthHeadline({ health, level = 1 }: { health: Health; level?: 1 | 2 }) {
  const cluster = useCluster().data;
  const held = cluster !== undefined && (cluster.safeMode.active || cluster.brakes.length > 0);
  const link = useLink();
  const asOf = useAsOf();
  const { tone, sentence, detail } = headlineOf(health, held);
  const old = link.kind === 'stale' || link.kind === 'reconnecting';
  const Heading = level === 1 ? 'h1' : 'h2';
  return (
    <div className={`headline tone-${tone} ${old ? 'headline-old' : ''}`} data-testid="headline" data-tone={tone}>
      <StateShape look={shapes[tone]!} size={36} />
      <div>
        <Heading>
          {old && asOf !== null && <span className="headline-asof">At {formatClock(asOf)}: </span>}
          {sentence}
        </Heading>
        <p>{detail}</p>
      </div>
    </div>
  );
}

/** What holds the repairs back, and what is wrong with the ledger: shown only when there is something to say. */
export function ClusterNotices({ cluster }: { cluster: Cluster | undefined }) {
  if (!cluster) return null;
  const { safeMode, brakes, ledger } = cluster;
  return (
    <>
      {safeMode.active && (
        <p className="notice tone-serious"><strong>Safe mode:</strong> nothing is repaired or removed{safeMode.reason ? ` because ${safeMode.reason}` : ''}.</p>
      )}
      {brakes.map((brake) => (
        <p className="notice tone-attention" key={brake.kind}>
          <strong>Brake “{brake.kind}”:</strong> {brake.reason} <span className="soft">(since <TimeAgo at={brake.since} />)</span>
        </p>
      ))}
      {ledger?.problem && <p className="notice tone-attention"><strong>Ledger:</strong> {ledger.problem}</p>}
    </>
  );
}
