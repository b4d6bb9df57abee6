import { useCluster, useRepairs } from '../api/queries';
import { ClusterNotices } from '../components/HealthHeadline';
import { PageTitle } from '../components/PageTitle';
import { Empty, QueryView } from '../components/QueryView';
import { RepairList } from '../components/RepairList';
import { formatCount } from '../format/numbers';

/** Everything that is being copied, verified or waits for that. */
export default function RepairsPage() {
  const repairs = useRepairs();
  const cluster = useCluster();
  return (
    <>
      <PageTitle title="Repairs" lead="What is being copied and verified now, the most endangered first, and why something waits." />
      <ClusterNotices cluster={cluster.data} />
      <QueryView query={repairs} what="the repairs" rows={6} empty={(page) => page.items.length === 0 && <Empty>Nothing needs repair. New work shows up here by itself.</Empty>}>
        {(page) => (
          <>
            {(page.total ?? 0) > page.items.length && <p className="soft">The first {formatCount(page.items.length)} of {formatCount(page.total)}.</p>}
            <div className="panel"><RepairList repairs={page.items} /></div>
          </>
        )}
      </QueryView>
    </>
  );
}
