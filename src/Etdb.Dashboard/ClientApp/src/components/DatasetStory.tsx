import { Button } from '@mantine/core';
import { useState } from 'react';
import { useStory } from '../api/queries';
import type { Look } from '../format/states';
import { datasetLooks, replicaLooks } from '../format/states';
import { Empty, QueryView } from './QueryView';
import { StateShape } from './StateMark';
import { TimeAgo } from './TimeAgo';

const firstLook = 25;
const mostEntries = 500;

const note: Look = { ...datasetLooks.pending, shape: 'clock' };
const looks: Record<string, Look> = {
  published: datasetLooks.healthy,
  assigned: replicaLooks.assigned,
  claimed: replicaLooks.claimed,
  verified: replicaLooks.verified,
  healed: datasetLooks.healthy,
  missing: replicaLooks.missing,
  corrupt: replicaLooks.corrupt,
  unreachable: replicaLooks.unreachable,
  repair: { ...note, shape: 'arrows' },
};

/** What happened to one dataset, newest first. */
export function DatasetStory({ id }: { id: string }) {
  const [limit, setLimit] = useState(firstLook);
  const story = useStory(id, limit);
  return (
    <QueryView query={story} what="the story" rows={6} empty={(page) => page.items.length === 0 && <Empty>Nothing has been written down yet.</Empty>}>
      {(page) => (
        <>
          <ol className="story" data-testid="story">
            {page.items.map((entry, i) => (
              <li key={`${entry.at}/${entry.kind}/${entry.node ?? ''}/${i}`}>
                <StateShape look={looks[entry.kind] ?? note} />
                <div>
                  <p>{entry.text}</p>
                  <p className="soft"><TimeAgo at={entry.at} both /></p>
                </div>
              </li>
            ))}
          </ol>
          {page.next !== null && limit < mostEntries && (
            <Button variant="default" size="xs" onClick={() => setLimit(mostEntries)} loading={story.isPlaceholderData}>Show earlier entries</Button>
          )}
        </>
      )}
    </QueryView>
  );
}
