import { useIncidents, useMembers } from '../api/queries';
import { IncidentList } from '../components/IncidentList';
import { PageTitle } from '../components/PageTitle';
import { Empty, QueryView } from '../components/QueryView';

/** Every loss that was noticed, newest first. */
export default function IncidentsPage() {
  const incidents = useIncidents();
  const members = useMembers().data?.items ?? [];
  return (
    <>
      <PageTitle title="Incidents" lead="Losses that were noticed: how long it took to see them and to have every copy back." />
      <QueryView query={incidents} what="the incidents" rows={6} empty={(page) => page.items.length === 0 && <Empty>No loss has been noticed so far.</Empty>}>
        {(page) => <div className="panel"><IncidentList incidents={page.items} members={members} /></div>}
      </QueryView>
    </>
  );
}
