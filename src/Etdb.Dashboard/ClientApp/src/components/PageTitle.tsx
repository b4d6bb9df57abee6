import { useEffect, type ReactNode } from 'react';

/** The page's one h1; also the browser's title. */
export function PageTitle({ title, lead }: { title: string; lead?: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · ETDB`;
  }, [title]);
  return (
    <div className="page-title">
      <h1>{title}</h1>
      {lead && <p className="lead">{lead}</p>}
    </div>
  );
}
