import type { Look } from '../format/states';

const shapes: Record<Look['shape'], React.ReactNode> = {
  check: <><circle cx="8" cy="8" r="7" fill="currentColor" /><path d="M4.8 8.2l2.2 2.2 4.2-4.6" stroke="var(--surface)" strokeWidth="1.8" fill="none" /></>,
  half: <><circle cx="8" cy="8" r="6.2" stroke="currentColor" strokeWidth="1.6" fill="none" /><path d="M8 1.8a6.2 6.2 0 0 0 0 12.4z" fill="currentColor" /></>,
  triangle: <><path d="M8 1.2l7.2 13H.8z" fill="currentColor" /><path d="M8 6v4M8 11.3v1.4" stroke="var(--surface)" strokeWidth="1.6" /></>,
  octagon: <><path d="M5 .9h6L15.1 5v6L11 15.1H5L.9 11V5z" fill="currentColor" /><path d="M5.2 5.2l5.6 5.6m0-5.6l-5.6 5.6" stroke="var(--surface)" strokeWidth="1.7" /></>,
  dashed: <circle cx="8" cy="8" r="6.2" stroke="currentColor" strokeWidth="1.8" strokeDasharray="3 2.4" fill="none" />,
  cross: <><circle cx="8" cy="8" r="6.2" stroke="currentColor" strokeWidth="1.6" fill="none" /><path d="M3.6 12.4l8.8-8.8" stroke="currentColor" strokeWidth="1.6" /></>,
  clock: <><circle cx="8" cy="8" r="6.2" stroke="currentColor" strokeWidth="1.6" fill="none" /><path d="M8 4.4V8l2.4 1.6" stroke="currentColor" strokeWidth="1.6" fill="none" /></>,
  pause: <><circle cx="8" cy="8" r="6.2" stroke="currentColor" strokeWidth="1.6" fill="none" /><path d="M6.4 5.4v5.2M9.6 5.4v5.2" stroke="currentColor" strokeWidth="1.6" /></>,
  arrows: <path d="M2 5.4h10M9.4 2.6l2.8 2.8-2.8 2.8M14 10.8H4m2.6 2.8l-2.8-2.8L6.6 8" stroke="currentColor" strokeWidth="1.6" fill="none" />,
};

/** The shape of a state in its tone; decoration only, the word stands beside it. */
export function StateShape({ look, size = 16 }: { look: Look; size?: number }) {
  return (
    <svg className={`state-shape tone-${look.tone}`} width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
      {shapes[look.shape]}
    </svg>
  );
}

/** Shape and word. */
export function StateMark({ look, quiet = false }: { look: Look; quiet?: boolean }) {
  return (
    <span className={`state-mark tone-${look.tone}${quiet ? ' state-mark-quiet' : ''}`} title={look.meaning}>
      <StateShape look={look} />
      {look.word}
    </span>
  );
}
