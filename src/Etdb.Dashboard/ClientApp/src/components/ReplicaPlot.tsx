import 'uplot/dist/uPlot.min.css';
import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import type { HealthSample } from '../api/queries';

const heightPx = 180;
const xSteps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];

const dataOf = (samples: readonly HealthSample[]): uPlot.AlignedData => [
  samples.map((sample) => sample.at / 1000),
  samples.map((sample) => sample.verified),
  samples.map((sample) => sample.notVerified),
];

/** The curve itself, in a chunk of its own. The words below it say the same. */
export default function ReplicaPlot({ samples }: { samples: readonly HealthSample[] }) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const scheme = useComputedColorScheme('light');

  useEffect(() => {
    const element = host.current!;
    const color = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    const axis = { stroke: color('--ink-soft'), grid: { stroke: color('--line'), width: 1 }, ticks: { show: false }, font: "13px 'Source Sans 3', sans-serif" };
    const stepped = uPlot.paths.stepped!({ align: 1 });
    plot.current = new uPlot(
      {
        width: element.clientWidth, height: heightPx, legend: { show: false }, cursor: { show: false },
        padding: [8, 30, 0, 0],
        scales: { y: { range: (_, __, max) => [0, Math.max(1, Math.ceil(max * 1.1))] } },
        axes: [
          { ...axis, size: 26, space: 90, incrs: xSteps, values: [[1, '{HH}:{mm}:{ss}', null, null, null, null, null, null, 1]] },
          { ...axis, size: 44, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000, 10_000, 50_000, 100_000, 1_000_000] },
        ],
        series: [
          {},
          { label: 'verified', stroke: color('--good'), width: 2, fill: color('--good-soft'), paths: stepped, points: { show: false } },
          { label: 'not verified', stroke: color('--attention'), width: 1.5, dash: [5, 4], paths: stepped, points: { show: false } },
        ],
      },
      [[], [], []],
      element,
    );
    const resize = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height: heightPx }));
    resize.observe(element);
    return () => {
      resize.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [scheme]);

  useEffect(() => plot.current?.setData(dataOf(samples)), [samples, scheme]);

  return (
    <>
      <div ref={host} className="chart-space" aria-hidden="true" />
      <p className="chart-key soft" aria-hidden="true"><span className="key-line tone-good" /> verified <span className="key-line key-dashed tone-attention" /> not verified</p>
    </>
  );
}
