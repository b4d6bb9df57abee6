import { Link } from 'wouter';
import type { DatasetSummary } from '../api/types';
import { formatBytes } from '../format/numbers';
import { datasetLooks, lookOf } from '../format/states';
import { Copies } from './Copies';
import { StateMark } from './StateMark';
import { Thumbnail } from './Thumbnail';
import { TimeAgo } from './TimeAgo';

interface DatasetTableProps {
  items: readonly DatasetSummary[];
  onPublisher: (address: string) => void;
}

/** A table on wide screens, cards on narrow ones; the same markup. */
export function DatasetTable({ items, onPublisher }: DatasetTableProps) {
  return (
    <table className="datasets">
      <thead>
        <tr>
          <th scope="col">Dataset</th><th scope="col">State</th><th scope="col">Verified copies</th>
          <th scope="col" className="number">Size</th><th scope="col">Changed</th>
        </tr>
      </thead>
      <tbody>
        {items.map((item) => (
          <tr key={item.id} data-dataset={item.id} data-state={item.state}>
            <td>
              <div className="dataset-cell">
                <Thumbnail url={item.thumbnail} size={44} />
                <div>
                  <Link to={`/datasets/${item.id}`} className="row-title">{item.title || item.id}</Link>
                  {item.simulated && <span className="tag">simulated</span>}
                  <p className="soft">
                    {item.species && <><em>{item.species}</em> · </>}
                    <button type="button" className="link-button" onClick={() => onPublisher(item.publisher)} title={`Only datasets of ${item.publisher}`}>
                      {item.publisherAlias ?? item.publisher}
                    </button>
                  </p>
                </div>
              </div>
            </td>
            <td data-label="State"><StateMark look={lookOf(datasetLooks, item.state)} /></td>
            <td data-label="Verified copies"><Copies healthy={item.healthyReplicas} retrievable={item.retrievableReplicas} target={item.target} /></td>
            <td data-label="Size" className="number">{formatBytes(item.bytes)}</td>
            <td data-label="Changed"><TimeAgo at={item.updatedAt} /></td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
