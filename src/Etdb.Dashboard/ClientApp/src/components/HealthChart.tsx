import { lazy, Suspense } from 'react';
import { useHealthHistory } from '../api/queries';
import { formatCount } from '../format/numbers';
import { formatClock } from '../format/time';

const Plot = lazy(() => import('./ReplicaPlot'));

/** Verified copies since this page was opened, for those who watch. */
export function HealthChart() {
  const samples = useHealthHistory();
  if (samples.length < 2) return <p className="empty">The curve begins with the next change; it shows what happens while this page is open.</p>;
  const first = samples[0]!;
  const last = samples.at(-1)!;
  const fewest = Math.min(...samples.map((sample) => sample.verified));
  const words = `Verified copies since ${formatClock(first.at)}: ${formatCount(first.verified)} at first, ${formatCount(fewest)} at the lowest, ${formatCount(last.verified)} now.`;
  return (
    <figure className="chart">
      <Suspense fallback={<div className="chart-space" />}><Plot samples={samples} /></Suspense>
      <figcaption className="soft">{words}</figcaption>
    </figure>
  );
}
