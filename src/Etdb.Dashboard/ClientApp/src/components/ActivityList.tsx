import { Link } from 'wouter';
import type { StoryEvent } from '../api/types';
import { TimeAgo } from './TimeAgo';

/** What has happened to datasets while the page is open. */
export function ActivityList({ entries }: { entries: readonly StoryEvent[] }) {
  return (
    <ol className="activity">
      {entries.map((entry, i) => (
        <li key={`${entry.at}/${entry.dataset}/${entry.kind}/${entry.node ?? ''}/${i}`}>
          <TimeAgo at={entry.at} />
          <span><Link to={`/datasets/${entry.dataset}`}>{entry.title || entry.dataset}</Link> <span className="soft">{entry.text}</span></span>
        </li>
      ))}
    </ol>
  );
}
