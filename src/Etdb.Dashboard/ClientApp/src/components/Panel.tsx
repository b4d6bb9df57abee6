import { useId, type ReactNode } from 'react';
import { Link } from 'wouter';

interface PanelProps {
  title: string;
  note?: ReactNode;
  more?: { to: string; text: string };
  children: ReactNode;
  className?: string;
}

/** A titled region of a page. */
export function Panel({ title, note, more, children, className = '' }: PanelProps) {
  const id = useId();
  return (
    <section className={`panel ${className}`} aria-labelledby={id}>
      <header className="panel-head">
        <h2 id={id}>{title}</h2>
        {note && <span className="soft">{note}</span>}
        {more && <Link to={more.to} className="panel-more">{more.text}</Link>}
      </header>
      {children}
    </section>
  );
}
