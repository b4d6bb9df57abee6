import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { Health } from '../api/types';
import { explainExpectation, formatBytes, formatCount, formatExpectation, formatShare } from '../format/numbers';
import { datasetLooks, datasetStates } from '../format/states';
import { StateShape } from './StateMark';

/** The figures a director asks for first. */
export function StatTiles({ health }: { health: Health }) {
  const { datasets, replicas, bytes, risk } = health;
  const copies = Object.values(replicas).reduce((sum, count) => sum + count, 0);
  const losses = explainExpectation(risk.expectedLossesPerYear);
  return (
    <dl className="tiles">
      <Tile name="Datasets" value={formatCount(datasets.total)} note={`${formatBytes(bytes.logical)} published`} />
      <Tile
        name="Verified copies" value={formatCount(replicas.verified)}
        note={copies === replicas.verified ? 'none in doubt' : `of ${formatCount(copies)} known; ${formatCount(copies - replicas.verified)} not verified`}
      />
      <Tile name="Stored" value={formatBytes(bytes.stored)} note="by all members together" />
      <Tile name="Expected losses a year" value={formatExpectation(risk.expectedLossesPerYear)} note={losses ?? (risk.expectedLossesPerYear === null ? 'no estimate yet' : 'an estimate from what was observed')} />
    </dl>
  );
}

function Tile({ name, value, note }: { name: string; value: string; note: ReactNode }) {
  const unknown = value === 'not measured';
  return (
    <div className="tile">
      <dt>{name}</dt>
      <dd>
        <span className={unknown ? 'tile-value unknown' : 'tile-value'}>{value}</span>
        <span className="soft">{note}</span>
      </dd>
    </div>
  );
}

/** Datasets by state: one stacked bar, and the same figures as a list of links. */
export function StateBreakdown({ health }: { health: Health }) {
  const { datasets } = health;
  return (
    <>
      <div className="stack" aria-hidden="true">
        {datasetStates.filter((state) => datasets[state] > 0).map((state) => (
          <div key={state} className={`stack-part tone-${datasetLooks[state].tone}`} style={{ flexGrow: datasets[state] }} />
        ))}
      </div>
      <ul className="state-list">
        {datasetStates.map((state) => (
          <li key={state}>
            <Link to={`/datasets?state=${state}`} className={datasets[state] === 0 ? 'state-none' : ''} title={datasetLooks[state].meaning}>
              <StateShape look={datasetLooks[state]} />
              <span>{datasetLooks[state].word}</span>
              <strong>{formatCount(datasets[state])}</strong>
              <span className="soft">{datasets[state] > 0 ? formatShare(datasets[state], datasets.total) : ''}</span>
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}

/** Leaves room for the figure behind the bar. */
const barWidth = (share: number): string => `calc((100% - 4.5rem) * ${Math.max(0.02, share)})`;

/** How many datasets have how many verified copies; beside it how many of those copies can be retrieved. */
export function CopiesTable({ health }: { health: Health }) {
  const rows = [...health.matrix].filter((row) => row.count > 0).sort((a, b) => a.healthy - b.healthy || a.retrievable - b.retrievable);
  if (rows.length === 0) return <p className="empty">No dataset has been counted yet.</p>;
  const most = Math.max(...rows.map((row) => row.count));
  return (
    <table className="bars-table">
      <thead>
        <tr><th scope="col">Verified</th><th scope="col">Retrievable</th><th scope="col">Datasets</th><th scope="col"><span className="visually-hidden">Example</span></th></tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={`${row.healthy}/${row.retrievable}`}>
            <th scope="row">{row.healthy}</th>
            <td>{row.retrievable}</td>
            <td className="bars-cell">
              <span
                className={`bars-bar tone-${row.retrievable === 0 ? 'critical' : row.healthy < 2 ? 'serious' : row.healthy < 3 ? 'attention' : 'good'}`}
                style={{ width: barWidth(row.count / most) }}
                aria-hidden="true"
              />
              <span className="bars-count">{formatCount(row.count)}</span>
            </td>
            <td>{row.example && <Link to={`/datasets/${row.example}`} aria-label={`Example of a dataset with ${row.healthy} verified copies`}>example</Link>}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** How long ago the verified copies were last hashed. */
export function VerifiedAge({ health }: { health: Health }) {
  const total = health.verifiedAge.reduce((sum, row) => sum + row.count, 0);
  if (total === 0) return <p className="empty">No copy has been verified yet.</p>;
  let last = 0;
  const rows = health.verifiedAge.map((row) => {
    const name = row.maxDays === null ? `more than ${last} days` : last === 0 ? `up to ${row.maxDays} ${row.maxDays === 1 ? 'day' : 'days'}` : `${last} to ${row.maxDays} days`;
    last = row.maxDays ?? last;
    return { name, count: row.count };
  });
  return (
    <table className="bars-table">
      <thead><tr><th scope="col">Last hashed</th><th scope="col">Copies</th></tr></thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.name} className={row.count === 0 ? 'row-none' : ''}>
            <th scope="row">{row.name}</th>
            <td className="bars-cell">
              <span className="bars-bar tone-neutral" style={{ width: row.count === 0 ? 0 : barWidth(row.count / total) }} aria-hidden="true" />
              <span className="bars-count">{formatCount(row.count)}</span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
